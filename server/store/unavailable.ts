import { NumStoreError } from '../domain/errors.ts';

/** A store that cannot be opened or reached; `message` says what to do about it. */
export function unavailable(message: string, cause?: unknown): NumStoreError {
  return new NumStoreError('STORE_UNAVAILABLE', message, { cause });
}
