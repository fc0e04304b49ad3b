import { NumStoreError } from './errors.ts';

declare const brand: unique symbol;

/** A string that has passed `parseKey`: well-formed Unicode of at most `keyBytesMax` bytes in UTF-8. */
export type Key = string & { readonly [brand]: 'Key' };

/** Longest key in UTF-8 bytes: names fit, documents do not, and the memory of a key stays predictable. */
export const keyBytesMax = 1024;

/** No UTF-16 code unit takes more than three bytes in UTF-8, so most keys need not be measured. */
const bytesPerUnitMax = 3;

/**
 * Checks a key. The empty string is an ordinary key.
 * @throws NumStoreError INVALID_KEY if it is too long or has a lone surrogate
 */
export function parseKey(text: string): Key {
  if (!text.isWellFormed()) throw new NumStoreError('INVALID_KEY', 'key is not well-formed Unicode');
  if (text.length * bytesPerUnitMax > keyBytesMax) {
    const byteLength = Buffer.byteLength(text);
    if (byteLength > keyBytesMax) {
      throw new NumStoreError(
        'INVALID_KEY',
        `Expected a key of at most ${keyBytesMax} bytes, got ${byteLength}`,
      );
    }
  }
  return text as Key;
}
