/** Up to so many hexadecimal digits are exact as a double. */
const headDigits = 13;
/** Far more than the logarithm of 2^30 bits is off by, computed in doubles. */
const doubtful = 1e-5;

/**
 * How many decimal digits a number above 0 has: from its logarithm, thousands of times faster than by writing it
 * down; next to a power of ten, where the logarithm cannot tell, by comparing.
 */
export function countDigits(value: bigint): number {
  const hex = value.toString(16);
  if (hex.length <= headDigits) return value.toString().length;
  const head = Number.parseInt(hex.slice(0, headDigits), 16);
  const log = Math.log10(head) + (hex.length - headDigits) * Math.log10(16);
  const nearest = Math.round(log);
  if (Math.abs(log - nearest) > doubtful) return Math.floor(log) + 1;
  return value >= 10n ** BigInt(nearest) ? nearest + 1 : nearest;
}
