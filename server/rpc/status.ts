import { randomUUID } from 'node:crypto';
import { type ErrorCode, NumStoreError } from '../domain/errors.ts';
import type { Call } from './call.ts';

/** The status codes of gRPC (doc/statuscodes.md of grpc/grpc), whatever the transport. */
export const Status = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;
export type Status = (typeof Status)[keyof typeof Status];

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
  REQUESTS_FULL: Status.RESOURCE_EXHAUSTED,
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

/** How a call failed, in no transport's own types. Each transport turns it into what it sends. */
export interface ErrorStatus {
  readonly code: Status;
  readonly details: string;
  /** Metadata that goes out with the status, by name. */
  readonly trailers: ReadonlyMap<string, string>;
}

const noTrailers: ErrorStatus['trailers'] = new Map();

/** Called with what the caller is not told: the error itself, under the id that the caller is told. */
export type OnInternalError = (id: string, error: unknown, call: Call | undefined) => void;

/**
 * The status of whatever a handler threw. An error that is not ours is answered INTERNAL with an opaque id, since
 * its message may tell what callers should not know; the error goes to `onInternalError`, with the `call` it ended.
 */
export function toStatus(error: unknown, onInternalError: OnInternalError, call?: Call): ErrorStatus {
  if (error instanceof NumStoreError) {
    const { code, message, retryAfterMs } = error;
    const trailers =
      retryAfterMs === undefined ? noTrailers : new Map([['grpc-retry-pushback-ms', String(retryAfterMs)]]);
    return { code: statusOfCode[code], details: message, trailers };
  }
  const id = randomUUID();
  onInternalError(id, error, call);
  return {
    code: Status.INTERNAL,
    details: `Internal error ${id}; the log of the server has the cause`,
    trailers: noTrailers,
  };
}

/** The names of all statuses, OK included, in the order of their codes. */
export const statusNames: readonly string[] = Object.keys(Status);

/** The name of a status, such as NOT_FOUND. */
export function statusName(code: Status): string {
  return statusNames[code] ?? 'UNKNOWN';
}
