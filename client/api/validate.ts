import { NumStoreClientError } from './client-error.ts';

/**
 * Encoding would replace a lone surrogate by U+FFFD without a word, and so write under another key.
 *
 * @throws NumStoreClientError INVALID_KEY
 */
export function checkKey(key: string): string {
  if (!/\p{Surrogate}/u.test(key)) return key;
  throw new NumStoreClientError(
    'INVALID_KEY',
    `Expected a key of well-formed Unicode, got ${JSON.stringify(key)}`,
  );
}

/** @throws NumStoreClientError INVALID_VALUE when it does not fit an int64 */
export function checkValue(value: bigint): bigint {
  if (BigInt.asIntN(64, value) === value) return value;
  throw new NumStoreClientError('INVALID_VALUE', `Expected a value from -2^63 to 2^63-1, got ${value}`);
}
