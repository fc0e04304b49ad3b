/** Numbers are 32-bit limbs, least significant first, without leading zeros. */
import { tick } from './memory';

/** Limbs between two looks at the work counter. */
const CHUNK: i32 = 1 << 16;

/** The length without leading zero limbs. */
export function trim(at: usize, limbs: i32): i32 {
  while (limbs > 0 && load<u32>(at + (((limbs - 1) as usize) << 2)) === 0) limbs--;
  return limbs;
}

/** The number mod 2^32 - 1, where 2^32 = 1: the sum of its limbs, folded; 2^32 - 1 itself is written 0. */
export function residue(at: usize, limbs: i32): u64 {
  let sum: u64 = 0;
  for (let from = 0; from < limbs; from += CHUNK) {
    const count = min(CHUNK, limbs - from);
    sum += reduce(sumOfLimbs(at + ((from as usize) << 2), count));
    tick(count >> 1);
  }
  return reduce(sum);
}

/** The sum of up to 2^31 limbs. */
function sumOfLimbs(at: usize, limbs: i32): u64 {
  let low = i64x2.splat(0);
  let high = i64x2.splat(0);
  const mask = i64x2.splat(0xffffffff);
  let i = 0;
  for (; i + 4 <= limbs; i += 4) {
    const four = v128.load(at + ((i as usize) << 2));
    low = i64x2.add(low, v128.and(four, mask));
    high = i64x2.add(high, i64x2.shr_u(four, 32));
  }
  const both = i64x2.add(low, high);
  let sum = i64x2.extract_lane(both, 0) + i64x2.extract_lane(both, 1);
  for (; i < limbs; i++) sum += load<u32>(at + ((i as usize) << 2)) as u64;
  return sum;
}

/** The product of two residues. */
export function residueProduct(a: u64, b: u64): u64 {
  return reduce(a * b);
}

function fold(value: u64): u64 {
  return (value & 0xffffffff) + (value >> 32);
}

function reduce(value: u64): u64 {
  const folded = fold(fold(value));
  return folded >= 0xffffffff ? folded - 0xffffffff : folded;
}
