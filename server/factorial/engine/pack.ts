/** Small factors packed into words below 2^64. */
import { reserve, tick } from './memory';

/** The work counter is told of every 4096 primes. */
const POLL_MASK: i32 = 0xfff;
const POLL_UNITS: i32 = 20000;
const MOST: u64 = u64.MAX_VALUE;

/** The exponents of the given ascending odd primes in n!, one 32-bit number each, in the arena. */
export function exponentsOf(primes: usize, count: i32, n: u32): usize {
  const exponents = reserve((count as usize) << 2);
  // Above the square root of n the exponent is the quotient n / p, which falls slowly: no division is needed.
  let quotient = n;
  for (let i = 0; i < count; i++) {
    const at = (i as usize) << 2;
    const p = load<u32>(primes + at);
    if (quotient >= p) {
      store<u32>(exponents + at, exponent(n, p));
      quotient = n / p;
    } else {
      while ((quotient as u64) * (p as u64) > (n as u64)) quotient--;
      store<u32>(exponents + at, quotient);
    }
    if ((i & POLL_MASK) === 0) tick(POLL_UNITS);
  }
  return exponents;
}

/**
 * Packs the primes whose exponent has bit k, none of them above `limit`; answers how many words they fill. Exponents
 * fall as primes rise, so the search ends at the first one below 2^k.
 */
export function packLevel(
  words: usize,
  primes: usize,
  exponents: usize,
  count: i32,
  limit: u32,
  k: i32,
): i32 {
  const full = MOST / (limit as u64);
  let word: u64 = 1;
  let at = words;
  for (let i = 0; i < count; i++) {
    const exponent = load<u32>(exponents + ((i as usize) << 2)) >> k;
    if (exponent === 0) break;
    if ((i & POLL_MASK) === 0) tick(POLL_UNITS);
    if ((exponent & 1) === 0) continue;
    if (word > full) {
      store<u64>(at, word);
      at += 8;
      word = 1;
    }
    word *= load<u32>(primes + ((i as usize) << 2)) as u64;
  }
  return flush(words, at, word);
}

/** Packs the numbers m + 1 to n. */
export function packRange(words: usize, m: u32, n: u32): i32 {
  const full = MOST / (n as u64);
  let word: u64 = 1;
  let at = words;
  for (let i = m + 1; i <= n; i++) {
    if (word > full) {
      store<u64>(at, word);
      at += 8;
      word = 1;
    }
    word *= i as u64;
  }
  tick((n - m) as i32);
  return flush(words, at, word);
}

function flush(words: usize, at: usize, word: u64): i32 {
  if (word !== 1) {
    store<u64>(at, word);
    at += 8;
  }
  return ((at - words) >> 3) as i32;
}

/** The exponent of the prime p in n! (Legendre). */
function exponent(n: u32, p: u32): u32 {
  let quotient = n / p;
  let sum = quotient;
  while (quotient >= p) {
    quotient /= p;
    sum += quotient;
  }
  return sum;
}
