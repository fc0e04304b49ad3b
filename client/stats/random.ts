/** A seeded source of random integers: the same seed and stream give the same integers on every machine. */
export interface Random {
  /** an integer from 0 to `bound` - 1, each equally likely; `bound` is an integer from 1 to 2^32 */
  below(bound: number): number;
}

/** The four 32-bit words of xoshiro128**; not all zero. */
export type XoshiroState = readonly [number, number, number, number];

const word64 = (value: bigint): bigint => BigInt.asUintN(64, value);

/**
 * SplitMix64, by Sebastiano Vigna (public domain, https://prng.di.unimi.it/splitmix64.c), which its authors
 * recommend for filling the state of the xoshiro family.
 */
export function createSplitMix64(seed: bigint): () => bigint {
  let state = word64(seed);
  return () => {
    state = word64(state + 0x9e3779b97f4a7c15n);
    let z = state;
    z = word64((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = word64((z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  };
}

const rotateLeft = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

/**
 * xoshiro128** 1.1, by David Blackman and Sebastiano Vigna (public domain,
 * https://prng.di.unimi.it/xoshiro128starstar.c): 32-bit integers from 0 to 2^32 - 1.
 */
export function createXoshiro128(state: XoshiroState): () => number {
  let [s0, s1, s2, s3] = state;
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = rotateLeft(s3, 11);
    return result;
  };
}

/**
 * The random integers of one stream of a seed. Streams of one seed, and equal streams of different seeds, have
 * nothing in common: the start of each is the mixed seed, changed by the stream's number and mixed again.
 *
 * @param seed a non-negative safe integer
 * @param stream a non-negative safe integer, such as the number of the thread
 */
export function createRandom(seed: number, stream: number): Random {
  const mix = createSplitMix64(createSplitMix64(BigInt(seed))() ^ BigInt(stream));
  const next = createXoshiro128(xoshiroState(mix(), mix()));
  return { below: (bound) => drawBelow(next, bound) };
}

function xoshiroState(a: bigint, b: bigint): XoshiroState {
  const low = (value: bigint) => Number(BigInt.asIntN(32, value));
  return [low(a), low(a >> 32n), low(b), low(b >> 32n)];
}

/** By rejection: the incomplete last group of `bound` values is drawn again, which a bare modulo would favour. */
function drawBelow(next: () => number, bound: number): number {
  const limit = 2 ** 32 - (2 ** 32 % bound);
  let drawn = next();
  while (drawn >= limit) drawn = next();
  return drawn % bound;
}
