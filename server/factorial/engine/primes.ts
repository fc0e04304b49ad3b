/** The odd primes up to n as 32-bit numbers: the sieve of Eratosthenes over odd numbers, in pieces that fit the cache. */
import { mark, release, reserve, tick } from './memory';

/** Odd numbers per piece. */
const PIECE: i32 = 32768;

let count: i32 = 0;

/** How many odd primes the last call found. */
export function primeCount(): i32 {
  return count;
}

/** An upper bound for the number of primes below n (Rosser and Schoenfeld's 1.2551 n / ln n, by way of bits). */
function mostPrimes(n: u32): u32 {
  const log2 = (31 - clz<u32>(n | 1)) as u32;
  return log2 < 6 ? 32 : ((((n as u64) * 181) / ((log2 as u64) * 100)) as u32) + 8;
}

/** Writes the odd primes up to n into the arena and answers where. */
export function sieve(n: u32): usize {
  const primes = reserve((mostPrimes(n) as usize) << 2);
  count = 0;
  const start = mark();
  const root = sqrt<f64>(n as f64) as i32;
  const small = (root >> 1) + 1;
  const base = reserve(small as usize);
  memory.fill(base, 0, small as usize);
  const next = reserve((small as usize) << 2);
  const divisors = reserve((small as usize) << 2);
  let used: usize = 0;
  for (let i = 1; i < small; i++) {
    if (load<u8>(base + (i as usize)) !== 0) continue;
    const p = 2 * i + 1;
    for (let j = 2 * i * (i + 1); j < small; j += p) store<u8>(base + (j as usize), 1);
    store<u32>(divisors + used, p);
    store<u32>(next + used, 2 * i * (i + 1));
    used += 4;
  }
  const piece = reserve(PIECE as usize);
  const all = ((n + 1) >> 1) as i32;
  for (let from = 0; from < all; from += PIECE) {
    const odds = min(PIECE, all - from);
    sievePiece(piece, odds, divisors, next, used);
    collect(primes, piece, from, odds);
    tick(PIECE << 2);
  }
  release(start);
  return primes;
}

/** Marks the multiples in one piece; `next` holds each divisor's next multiple, counted from the piece's start. */
function sievePiece(piece: usize, odds: i32, divisors: usize, next: usize, used: usize): void {
  memory.fill(piece, 0, odds as usize);
  for (let k: usize = 0; k < used; k += 4) {
    const p = load<i32>(divisors + k);
    let j = load<i32>(next + k);
    for (; j < odds; j += p) store<u8>(piece + (j as usize), 1);
    store<u32>(next + k, j - odds);
  }
}

function collect(primes: usize, piece: usize, from: i32, odds: i32): void {
  for (let i = from === 0 ? 1 : 0; i < odds; i++) {
    if (load<u8>(piece + (i as usize)) === 0) {
      store<u32>(primes + ((count as usize) << 2), 2 * (from + i) + 1);
      count++;
    }
  }
}
