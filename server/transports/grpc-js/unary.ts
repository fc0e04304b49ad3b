import type { handleUnaryCall, ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import type { UnaryHandler } from '../../rpc/call.ts';
import { Status } from '../../rpc/status.ts';
import { type AdapterOptions, failureStatus } from './adapter.ts';
import { GrpcJsCall } from './call.ts';

/**
 * From a handler to the callback that grpc-js wants. The one catch: grpc-js sends no answer at all for an async
 * handler that rejects.
 */
export function unary<Response>(
  handler: UnaryHandler<Uint8Array, Response>,
  options: AdapterOptions,
): handleUnaryCall<Uint8Array, Response> {
  const answer = async (bytes: Uint8Array, call: GrpcJsCall): Promise<Response> => handler(bytes, call);

  return (call: ServerUnaryCall<Uint8Array, Response>, callback: sendUnaryData<Response>) => {
    const context = new GrpcJsCall(call, options.observer);
    answer(call.request, context).then(
      (response) => {
        callback(null, response, context.trailers());
        context.ended(Status.OK);
      },
      (error: unknown) => {
        const status = failureStatus(error, context, options);
        callback(status);
        context.ended(status.code);
      },
    );
  };
}
