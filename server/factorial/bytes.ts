import { toBigIntBE, toBufferBE } from 'bigint-buffer';

/** Bytes that an unsigned integer needs; zero needs one. */
function byteLengthOf(value: bigint): number {
  return value === 0n ? 1 : Math.ceil(value.toString(16).length / 2);
}

/**
 * The unsigned big-endian bytes of `value`, as few as it needs.
 *
 * The library silently drops the sign and, given too small a width, the top bytes: hence the checks here, at the
 * only place that calls it.
 * @throws RangeError if `value` is negative
 */
export function bigIntToBytes(value: bigint): Uint8Array {
  if (value < 0n) throw new RangeError(`Expected a non-negative integer, got ${value}`);
  return toBufferBE(value, byteLengthOf(value));
}

/**
 * The integer whose unsigned big-endian bytes these are.
 * @throws RangeError if there are no bytes
 */
export function bytesToBigInt(bytes: Uint8Array): bigint {
  if (bytes.length === 0) throw new RangeError('Expected at least one byte, got none');
  return toBigIntBE(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}
