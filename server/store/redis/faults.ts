import { NumStoreError } from '../../domain/errors.ts';
import { errorCode } from './client.ts';

/** By then a Redis that is back has been found. */
const retryMs = 1000;

/** Redis refuses before it runs anything: it is a replica, is loading, busy, short of replicas, or forbids it. */
const refusals: ReadonlySet<string> = new Set([
  'ASK',
  'BUSY',
  'CLUSTERDOWN',
  'LOADING',
  'MASTERDOWN',
  'MISCONF',
  'MOVED',
  'NOAUTH',
  'NOPERM',
  'NOREPLICAS',
  'READONLY',
  'TRYAGAIN',
]);

/** What a failed command means to a caller whose write, or only read, it was. */
export function toFault(error: unknown, isWrite: boolean): NumStoreError {
  if (error instanceof NumStoreError) return error;
  const code = errorCode(error);
  if (code === 'OOM') {
    return new NumStoreError('STORE_FULL', 'Redis has no memory left; nothing was changed. Delete keys', {
      cause: error,
    });
  }
  if (code === 'WRONGTYPE' || code === 'CORRUPT') {
    const message = 'What Redis holds under the keys of this namespace was not written by NumStore';
    return new NumStoreError('STORE_CORRUPT', message, { cause: error });
  }
  if (!isWrite || (code !== undefined && refusals.has(code))) {
    const why = code === undefined ? 'the connection was lost' : `it answered ${code}`;
    return new NumStoreError('STORE_UNAVAILABLE', `Redis did not serve this: ${why}; nothing was changed`, {
      cause: error,
    });
  }
  return outcomeUnknown('No answer came from Redis: the write may have been applied', error);
}

/** There is no connection, so nothing was sent. */
export function offline(): NumStoreError {
  const message = 'Redis cannot be reached now; nothing was changed';
  return new NumStoreError('STORE_UNAVAILABLE', message, { retryAfterMs: retryMs });
}

export function outcomeUnknown(message: string, cause?: unknown): NumStoreError {
  return new NumStoreError('OUTCOME_UNKNOWN', message, { cause });
}

/** Whether another master may have taken over, so that this connection leads to the wrong server. */
export function isDemoted(error: unknown): boolean {
  return errorCode(error) === 'READONLY';
}
