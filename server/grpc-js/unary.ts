import type { handleUnaryCall, ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import type { UnaryHandler } from '../call.ts';
import { decodeRequest, type MessageType } from '../decode.ts';
import { type OnInternalError, toStatus } from '../status.ts';
import { GrpcJsCall } from './call.ts';

/**
 * From a handler to the callback that grpc-js wants. The one catch: grpc-js sends no answer at all for an async
 * handler that rejects.
 */
export function unary<Request, Response>(
  type: MessageType<Request>,
  handler: UnaryHandler<Request, Response>,
  onInternalError: OnInternalError,
): handleUnaryCall<Request, Response> {
  const answer = async (call: ServerUnaryCall<unknown, Response>): Promise<Response> =>
    handler(decodeRequest(type, call.request), new GrpcJsCall(call));

  return (call: ServerUnaryCall<unknown, Response>, callback: sendUnaryData<Response>) => {
    answer(call).then(
      (response) => callback(null, response),
      (error: unknown) => callback(toStatus(error, onInternalError)),
    );
  };
}
