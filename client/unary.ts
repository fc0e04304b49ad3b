import { type CallOptions, type ClientUnaryCall, Metadata, type ServiceError } from '@grpc/grpc-js';
import { NumStoreClientError } from './client-error.ts';

/** Starts one unary call of a grpc-js client, as its generated methods do. */
export type Send<Reply> = (
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, reply: Reply) => void,
) => ClientUnaryCall;

export interface Limits {
  /** milliseconds from now until the call is given up with DEADLINE_EXCEEDED */
  readonly deadlineMs: number;
  /** aborting it gives the call up with CANCELLED */
  readonly signal: AbortSignal | undefined;
}

/**
 * A grpc-js callback call as a promise. The listener on the caller's signal goes when the call ends, so a signal
 * that lives long collects none.
 *
 * @throws NumStoreClientError with the name of the gRPC status
 */
export function callUnary<Reply>(send: Send<Reply>, { deadlineMs, signal }: Limits): Promise<Reply> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(new NumStoreClientError('CANCELLED', 'cancelled before it was sent', { cause: signal.reason }));
      return;
    }
    const deadline = new Date(Date.now() + deadlineMs);
    const call = send(new Metadata(), { deadline }, (error, reply) => {
      signal?.removeEventListener('abort', cancel);
      if (error === null) resolve(reply);
      else reject(NumStoreClientError.from(error));
    });
    const cancel = () => call.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
  });
}
