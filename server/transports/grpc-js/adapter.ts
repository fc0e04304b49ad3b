import { Metadata } from '@grpc/grpc-js';
import type { Observer } from '../../rpc/observer.ts';
import { type ErrorStatus, type OnInternalError, toStatus } from '../../rpc/status.ts';
import type { GrpcJsCall } from './call.ts';

/** What the adapters need besides the handlers. */
export interface AdapterOptions {
  readonly onInternalError: OnInternalError;
  /** Hears of every call. */
  readonly observer?: Observer | undefined;
  /** How long a reader of a stream may take nothing before it is cut off, in milliseconds. */
  readonly readerStallMs: number;
  /** Closes the connection of a peer: the last resort, since grpc-js cannot reset a stream that is stuck. */
  readonly cut: (peer: string) => void;
}

/** The status of what a handler threw, with the trailers of its call: here alone it gets grpc-js's own metadata. */
export function failureStatus(error: unknown, call: GrpcJsCall, options: AdapterOptions): FailureStatus {
  const { code, details, trailers } = toStatus(error, options.onInternalError, call);
  const metadata = new Metadata();
  for (const [name, value] of trailers) metadata.set(name, value);
  const ofCall = call.trailers();
  if (ofCall !== undefined) metadata.merge(ofCall);
  return { code, details, metadata };
}

/** The status of a failed call as grpc-js takes it. */
interface FailureStatus extends Omit<ErrorStatus, 'trailers'> {
  readonly metadata: Metadata;
}
