import { randomUUID } from 'node:crypto';
import { Metadata, status as Status } from '@grpc/grpc-js';
import { type ErrorCode, NumStoreError } from '../domain/errors.ts';
import type { Call } from './call.ts';

/** The whole table: which status each code has on the wire. */
const statusOfCode: Readonly<Record<ErrorCode, Status>> = {
  INVALID_KEY: Status.INVALID_ARGUMENT,
  INVALID_REQUEST: Status.INVALID_ARGUMENT,
  OVERFLOW: Status.OUT_OF_RANGE,
  STORE_FULL: Status.RESOURCE_EXHAUSTED,
  STORE_UNAVAILABLE: Status.UNAVAILABLE,
  OUTCOME_UNKNOWN: Status.UNKNOWN,
  STORE_CORRUPT: Status.DATA_LOSS,
  KEY_NOT_FOUND: Status.NOT_FOUND,
  NEGATIVE_VALUE: Status.FAILED_PRECONDITION,
  TOO_LARGE: Status.OUT_OF_RANGE,
  QUEUE_FULL: Status.RESOURCE_EXHAUSTED,
  RESULTS_FULL: Status.RESOURCE_EXHAUSTED,
  RATE_LIMITED: Status.RESOURCE_EXHAUSTED,
  READER_STALLED: Status.RESOURCE_EXHAUSTED,
  WORKER_LOST: Status.UNAVAILABLE,
  STOPPING: Status.UNAVAILABLE,
  UNKNOWN_SERVICE: Status.NOT_FOUND,
  UNAUTHENTICATED: Status.UNAUTHENTICATED,
  PERMISSION_DENIED: Status.PERMISSION_DENIED,
  CANCELLED: Status.CANCELLED,
  DEADLINE_EXCEEDED: Status.DEADLINE_EXCEEDED,
};

/** What goes out on the wire. */
export interface ErrorStatus {
  readonly code: Status;
  readonly details: string;
  readonly metadata: Metadata;
}

/** Called with what the caller is not told: the error itself, under the id that the caller is told. */
export type OnInternalError = (id: string, error: unknown, call: Call | undefined) => void;

/**
 * The status of whatever a handler threw. An error that is not ours is answered INTERNAL with an opaque id, since
 * its message may tell what callers should not know; the error goes to `onInternalError`, with the `call` it ended.
 */
export function toStatus(error: unknown, onInternalError: OnInternalError, call?: Call): ErrorStatus {
  const metadata = new Metadata();
  if (error instanceof NumStoreError) {
    if (error.retryAfterMs !== undefined) metadata.set('grpc-retry-pushback-ms', String(error.retryAfterMs));
    return { code: statusOfCode[error.code], details: error.message, metadata };
  }
  const id = randomUUID();
  onInternalError(id, error, call);
  return {
    code: Status.INTERNAL,
    details: `Internal error ${id}; the log of the server has the cause`,
    metadata,
  };
}

/** The names of all statuses, OK included. */
export const statusNames: readonly string[] = Object.keys(Status).filter((name) =>
  Number.isNaN(Number(name)),
);

/** The name of a status, such as NOT_FOUND. */
export function statusName(code: Status): string {
  return Status[code];
}
