/**
 * BigInt to unsigned big-endian bytes and back. Small numbers go through bigint-buffer (its pure JavaScript build,
 * behind the checks that it lacks), large ones through V8's own serialisation, which copies the digits.
 */
import { deserialize, serialize } from 'node:v8';
import { toBigIntBE, toBufferBE } from 'bigint-buffer';

/** From this many bytes on, V8's serialisation is the faster way. */
const LARGE_BYTES = 256;
const LARGE = 1n << BigInt(8 * LARGE_BYTES);

/** What V8 writes before a BigInt: 0xff, the version of its format, 'Z'. Then a varint, then the digits. */
const HEADER = serialize(1n).subarray(0, 3);
const HEADER_KNOWN = HEADER[0] === 0xff && HEADER[2] === 0x5a;

/**
 * The minimal unsigned big-endian bytes of a number; 0 is one zero byte.
 *
 * @throws RangeError for a negative number
 */
export function bigIntToBytes(value: bigint): Uint8Array {
  if (value < 0n) throw new RangeError('Expected a number that is not negative');
  return value >= LARGE && HEADER_KNOWN ? largeToBytes(value) : smallToBytes(value);
}

/**
 * The number that unsigned big-endian bytes stand for.
 *
 * @throws RangeError for no bytes at all
 */
export function bytesToBigInt(bytes: Uint8Array): bigint {
  if (bytes.length === 0) throw new RangeError('Expected at least one byte');
  if (bytes.length > LARGE_BYTES && HEADER_KNOWN) return largeFromBytes(bytes);
  return toBigIntBE(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
}

function smallToBytes(value: bigint): Uint8Array {
  const digits = value.toString(16).length;
  return toBufferBE(value, (digits + 1) >> 1);
}

function largeToBytes(value: bigint): Uint8Array {
  const serialized = serialize(value);
  if (!HEADER.equals(serialized.subarray(0, 3))) return smallToBytes(value);
  let start = HEADER.length;
  while ((serialized[start] ?? 0) >= 0x80) start++;
  let end = serialized.length;
  while (serialized[end - 1] === 0) end--;
  return new Uint8Array(serialized.subarray(start + 1, end)).reverse();
}

function largeFromBytes(bytes: Uint8Array): bigint {
  // V8 wants whole 64-bit digits, and their number of bytes times two (the lowest bit is the sign) as a varint.
  const padded = (bytes.length + 7) & ~7;
  const length: number[] = [];
  for (let rest = padded * 2; rest > 0; rest = Math.floor(rest / 128)) {
    length.push((rest % 128) + (rest >= 128 ? 128 : 0));
  }
  const serialized = new Uint8Array(HEADER.length + length.length + padded);
  serialized.set(HEADER);
  serialized.set(length, HEADER.length);
  const digits = serialized.subarray(HEADER.length + length.length);
  digits.set(bytes);
  digits.subarray(0, bytes.length).reverse();
  const value: unknown = deserialize(serialized);
  if (typeof value !== 'bigint') throw new TypeError('Expected V8 to read a BigInt');
  return value;
}
