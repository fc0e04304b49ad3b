import type { CallOptions, ClientUnaryCall, Metadata, ServiceError } from '@grpc/grpc-js';
import { beginCall, type Limits, watchCall } from './call.ts';
import { NumStoreClientError } from './client-error.ts';

/** Starts one unary call of a grpc-js client, as its generated methods do. */
export type SendUnary<Reply> = (
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, reply: Reply) => void,
) => ClientUnaryCall;

/**
 * A grpc-js callback call as a promise.
 *
 * @throws NumStoreClientError with the name of the gRPC status
 */
export function callUnary<Reply>(send: SendUnary<Reply>, limits: Limits): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { metadata, options } = beginCall(limits);
    const call = send(metadata, options, (error, reply) => {
      watch[Symbol.dispose]();
      if (error === null) resolve(reply);
      else reject(NumStoreClientError.from(error));
    });
    const watch = watchCall(call, limits);
  });
}
