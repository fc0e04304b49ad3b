/** How large factorials are, known before they are computed. */

/** The largest n that is answered: its factorial has 2^30 - 36 bits, and V8's BigInt holds at most 2^30. */
export const FACTORIAL_N_MAX = 44_787_926;

/** An upper bound for the length of n! in bits, at most a few bits above (Stirling's series, first two terms). */
export function factorialBits(n: number): number {
  if (n < 2) return 1;
  const natural = n * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI * n) + 1 / (12 * n);
  return Math.ceil(natural * Math.LOG2E * (1 + 1e-12)) + 1;
}

/** Throws RangeError unless n is an integer from 0 to FACTORIAL_N_MAX. */
export function checkN(n: number): void {
  if (!Number.isInteger(n) || n < 0 || n > FACTORIAL_N_MAX) {
    throw new RangeError(`Expected an integer n from 0 to ${FACTORIAL_N_MAX}, got ${n}`);
  }
}
