import {
  type handleUnaryCall,
  type ServerUnaryCall,
  status as Status,
  type sendUnaryData,
} from '@grpc/grpc-js';
import type { UnaryHandler } from '../call.ts';
import { decodeRequest, type MessageType } from '../decode.ts';
import { type AdapterOptions, failureStatus } from './adapter.ts';
import { GrpcJsCall } from './call.ts';

/**
 * From a handler to the callback that grpc-js wants. The one catch: grpc-js sends no answer at all for an async
 * handler that rejects.
 */
export function unary<Request, Response>(
  type: MessageType<Request>,
  handler: UnaryHandler<Request, Response>,
  options: AdapterOptions,
): handleUnaryCall<Request, Response> {
  const answer = async (request: unknown, call: GrpcJsCall): Promise<Response> =>
    handler(decodeRequest(type, request), call);

  return (call: ServerUnaryCall<unknown, Response>, callback: sendUnaryData<Response>) => {
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
