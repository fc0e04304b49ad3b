/**
 * n! = 2^(n - ones in n) * product of p^e(p) over the odd primes p <= n, e(p) by Legendre. With the exponents in
 * binary, from the top bit down: r = r^2 * product of the primes whose exponent has bit k (Borwein 1985;
 * Schoenhage, Grotefeld, Vetter 1994).
 */
import { bytesOf, numberOf, writtenBytes } from './bytes';
import { mark, release, reserve, reserveNumber, seal } from './memory';
import { levelsFor, multiply, transformBytes } from './multiply';
import { exponentsOf, packLevel, packRange } from './pack';
import { primeCount, sieve } from './primes';
import { productOfWords } from './tree';
import { holdsTwiddles, reserveTwiddles } from './twiddles';

/** Bytes per limb of the result for three numbers, the primes and their products. */
const NUMBERS_BYTES: usize = 14;

let arena: usize = 0;

/** Begins a call: empties the arena and sees that the twiddles for products of `limbs` limbs lie below it. */
function begin(limbs: i32): void {
  const levels = levelsFor(limbs);
  if (!holdsTwiddles(levels)) {
    release(__heap_base);
    reserveTwiddles(levels);
    arena = mark();
  }
  release(arena);
  // Grows the memory once, by about what the call will need: every growth may cost a collection of V8's heap.
  reserve(transformBytes(limbs) + (limbs as usize) * NUMBERS_BYTES);
  release(arena);
}

/** The length in bytes of the last result. */
export function resultBytes(): i32 {
  return writtenBytes();
}

/** The big-endian bytes of n!, which has at most `limbs` 32-bit limbs; answers where they lie (see `resultBytes`). */
export function factorial(n: u32, limbs: i32): usize {
  begin(limbs);
  let r = reserveNumber(limbs + 8);
  const middle = reserveNumber(limbs + 8);
  let next = reserveNumber(limbs + 8);
  let rLimbs = 1;
  store<u32>(r, 1);
  seal(r, 1);
  const primes = sieve(n);
  const count = primeCount();
  const exponents = exponentsOf(primes, count, n);
  const start = mark();
  for (let k = 31 - (clz<u32>(n | 1) as i32); k >= 0; k--) {
    // An exponent is below n / (p - 1), so primes with bit k are at most n / 2^k + 1.
    const words = reserve(((count >> 1) as usize) * 8 + 16);
    const wordCount = packLevel(words, primes, exponents, count, (n >> k) + 1, k);
    const product = reserveNumber(2 * wordCount + 10);
    const productLimbs = productOfWords(product, words, wordCount);
    if (3 * productLimbs < rLimbs) {
      const middleLimbs = multiply(middle, r, rLimbs, product, productLimbs);
      rLimbs = multiply(next, middle, middleLimbs, r, rLimbs);
    } else {
      const middleLimbs = multiply(middle, r, rLimbs, r, rLimbs);
      rLimbs = multiply(next, middle, middleLimbs, product, productLimbs);
    }
    const old = r;
    r = next;
    next = old;
    release(start);
  }
  return bytesOf(r, rLimbs, n - (popcnt<u32>(n) as u32));
}

/** Begins a call whose operands are bytes: answers where to write `length` bytes; the result has `limbs` limbs. */
export function place(length: i32, limbs: i32): usize {
  begin(limbs);
  return reserve((length as usize) + 32) + 16;
}

/** The bytes of n! from those of m! at `at` (see `place`), m < n. */
export function extend(at: usize, length: i32, m: u32, n: u32): usize {
  const known = reserveNumber((length >> 2) + 16);
  const knownLimbs = numberOf(known, at, length);
  const words = reserve(((n - m) as usize) * 8);
  const wordCount = packRange(words, m, n);
  const range = reserveNumber(2 * wordCount + 10);
  const rangeLimbs = productOfWords(range, words, wordCount);
  const product = reserveNumber(knownLimbs + rangeLimbs + 10);
  return bytesOf(product, multiply(product, known, knownLimbs, range, rangeLimbs), 0);
}

/** The bytes of a * b, neither of them zero: the bytes of a, then of b, at `at` (see `place`). */
export function product(at: usize, aLength: i32, bLength: i32): usize {
  const a = reserveNumber((aLength >> 2) + 16);
  const aLimbs = numberOf(a, at, aLength);
  const b = reserveNumber((bLength >> 2) + 16);
  const bLimbs = numberOf(b, at + (aLength as usize), bLength);
  const result = reserveNumber(aLimbs + bLimbs + 10);
  return bytesOf(result, multiply(result, a, aLimbs, b, bLimbs), 0);
}

/** The bytes of a * a (see `place`). */
export function square(at: usize, length: i32): usize {
  const a = reserveNumber((length >> 2) + 16);
  const limbs = numberOf(a, at, length);
  const result = reserveNumber(2 * limbs + 10);
  return bytesOf(result, multiply(result, a, limbs, a, limbs), 0);
}
