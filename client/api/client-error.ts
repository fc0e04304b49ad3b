import type { Metadata, ServiceError, status } from '@grpc/grpc-js';
import { describeValue } from './describe-value.ts';

/** The name of a gRPC status that is not OK, as in the gRPC documentation. */
export type StatusName = Exclude<keyof typeof status, 'OK'>;

/**
 * Why a call has no reply. A gRPC status name is the server's (or the transport's) verdict; the others are raised
 * by this client, all but CORRUPT with nothing sent:
 *
 * - `UNREACHABLE`: no connection was made within the time allowed to `openClient`
 * - `INVALID_OPTION`: an option is unknown, or is not of its form
 * - `INVALID_KEY`: the key is not a string of well-formed Unicode (a lone surrogate has no UTF-8 form)
 * - `INVALID_VALUE`: the value is not a bigint that fits an int64
 * - `CLOSED`: the client has been closed
 * - `CORRUPT`: an exact factorial does not have the length or the SHA-256 that came with it, or cannot be one
 */
export type ClientErrorCode =
  | StatusName
  | 'UNREACHABLE'
  | 'INVALID_OPTION'
  | 'INVALID_KEY'
  | 'INVALID_VALUE'
  | 'CLOSED'
  | 'CORRUPT';

/** The one error that the client throws. Decide by `code`; the message is for people and may change. */
export class NumStoreClientError extends Error {
  override readonly name = 'NumStoreClientError';
  readonly code: ClientErrorCode;
  /** milliseconds after which the server asks to try again, where it says so */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ClientErrorCode,
    message: string,
    { retryAfterMs, ...options }: ErrorOptions & { readonly retryAfterMs?: number | undefined } = {},
  ) {
    super(message, options);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }

  /** The only way in for errors of others: keeps ours, names a gRPC status, and calls anything else INTERNAL. */
  static from(error: unknown): NumStoreClientError {
    if (error instanceof NumStoreClientError) return error;
    if (isServiceError(error)) {
      const retryAfterMs = parsePushback(error.metadata);
      return new NumStoreClientError(statusName(error.code), error.details, { cause: error, retryAfterMs });
    }
    const message = error instanceof Error ? error.message : describeValue(error);
    return new NumStoreClientError('INTERNAL', message, { cause: error });
  }
}

function isServiceError(error: unknown): error is ServiceError {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'number' &&
    'details' in error &&
    typeof error.details === 'string'
  );
}

/** gRPC A6, "server pushback": a number below 0 asks not to try again, and so does anything else. */
function parsePushback(metadata: Metadata | undefined): number | undefined {
  const [text] = typeof metadata?.get === 'function' ? metadata.get('grpc-retry-pushback-ms') : [];
  return typeof text === 'string' && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/** A code outside the table (a proxy's invention, say) is UNKNOWN, as the gRPC documentation asks. */
function statusName(code: number): StatusName {
  return statusNames[code] ?? 'UNKNOWN';
}

/** In the order of their numbers (gRPC, "Status codes and their use in gRPC"). */
const statusNames = [
  undefined,
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const satisfies readonly (StatusName | undefined)[];
