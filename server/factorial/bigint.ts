/** The factorial in BigInt: the reference of the engine, and what answers when the engine does not. */
import { exponentInFactorial, primesUpTo } from './primes.ts';
import { checkN } from './size.ts';

const WORD = 1n << 64n;

/**
 * n!, exactly. With the exponents of the odd primes in binary, from the top bit down: r = r^2 * product of the
 * primes whose exponent has that bit; the powers of two are one shift at the end (P. Borwein, "On the complexity
 * of calculating factorials", 1985). About five times as long as GMP takes.
 *
 * @param n an integer from 0 to FACTORIAL_N_MAX; RangeError otherwise
 * @param poll called between multiplications; what it throws ends the computation (one multiplication of V8's
 *   cannot be interrupted, and at n = 1e7 the last ones take seconds)
 */
export function factorialBigInt(n: number, poll: () => void = () => {}): bigint {
  checkN(n);
  const primes = primesUpTo(n).subarray(1);
  const exponents = primes.map((p) => exponentInFactorial(n, p));
  let result = 1n;
  for (let bit = 31 - Math.clz32(n | 1); bit >= 0; bit--) {
    poll();
    const square = result * result;
    poll();
    result = square * productOf(wordsOfBit(primes, exponents, bit), poll);
  }
  return result << BigInt(exponentInFactorial(n, 2));
}

/** The primes whose exponent has the bit, packed into products below 2^64. */
function wordsOfBit(primes: Uint32Array, exponents: Uint32Array, bit: number): bigint[] {
  const words: bigint[] = [];
  let word = 1n;
  for (const [index, p] of primes.entries()) {
    const exponent = exponents[index] ?? 0;
    // Exponents fall as primes rise.
    if (exponent >> bit === 0) break;
    if (((exponent >> bit) & 1) === 0) continue;
    const product = word * BigInt(p);
    if (product >= WORD) words.push(word);
    word = product >= WORD ? BigInt(p) : product;
  }
  words.push(word);
  return words;
}

/** The product as a balanced tree: operands of equal length are what fast multiplication is fast at. */
function productOf(factors: readonly bigint[], poll: () => void): bigint {
  let level = factors;
  while (level.length > 1) {
    const next: bigint[] = [];
    for (let i = 0; i < level.length; i += 2) next.push((level[i] ?? 1n) * (level[i + 1] ?? 1n));
    poll();
    level = next;
  }
  return level[0] ?? 1n;
}
