/**
 * Every fault that NumStore can answer with. The code is stable, the message is for people and may change.
 * Outcomes that callers must expect (a missing key, a negative number) are values, not errors: see service/outcome.ts.
 */
export type ErrorCode =
  /** raised when a key is longer than `keyBytesMax` or is not well-formed Unicode */
  | 'INVALID_KEY'
  /** raised when the bytes of a request are not a message of the expected type */
  | 'INVALID_REQUEST'
  /** raised when a value or the total would leave int64; nothing has changed */
  | 'OVERFLOW'
  /** raised when the store has no room for more; nothing has changed */
  | 'STORE_FULL'
  /** raised when the store cannot be opened or reached, or has stopped after a fault; nothing has changed */
  | 'STORE_UNAVAILABLE'
  /** raised when a write was under way as the disk failed or the connection was lost: it may have been applied */
  | 'OUTCOME_UNKNOWN'
  /** raised when what the store holds contradicts itself */
  | 'STORE_CORRUPT'
  /** raised when a key that has to exist does not */
  | 'KEY_NOT_FOUND'
  /** raised when the factorial of a negative number is asked */
  | 'NEGATIVE_VALUE'
  /** raised when the factorial of a number above the limit is asked; nothing was computed */
  | 'TOO_LARGE'
  /** raised when the pool's queue of factorials is at its limit */
  | 'QUEUE_FULL'
  /** raised when the memory for results is taken by results that somebody still reads */
  | 'RESULTS_FULL'
  /** raised when requests that are not handled take too much memory, and this connection the most */
  | 'REQUESTS_FULL'
  /** raised when a caller's address makes more calls than it may; nothing has changed */
  | 'RATE_LIMITED'
  /** raised when a reader took nothing for too long */
  | 'READER_STALLED'
  /** raised when two workers died one after the other on the same task */
  | 'WORKER_LOST'
  /** raised when the server closes before the work was done; the work has no effect */
  | 'STOPPING'
  /** raised when the health of a service is asked that this server does not have */
  | 'UNKNOWN_SERVICE'
  /** raised when the caller shows no token, or one that the server does not know */
  | 'UNAUTHENTICATED'
  /** raised when the caller's token does not allow the call; nothing has changed */
  | 'PERMISSION_DENIED'
  /** raised when the caller went away */
  | 'CANCELLED'
  /** raised when the caller's deadline passed */
  | 'DEADLINE_EXCEEDED';

interface ErrorOptions {
  readonly cause?: unknown;
  /** When a retry has a chance, in milliseconds from now. */
  readonly retryAfterMs?: number;
}

/** A fault with a stable code. Never match on its message. */
export class NumStoreError extends Error {
  override readonly name = 'NumStoreError';
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}
