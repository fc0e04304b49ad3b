/** Between limbs and big-endian bytes. */

import { trim } from './limbs';
import { reserve, seal, tick } from './memory';

/** Bytes between two looks at the work counter. */
const CHUNK: usize = 1 << 18;

let written: i32 = 0;

/** The length of what `bytesOf` wrote last. */
export function writtenBytes(): i32 {
  return written;
}

/** The 16 bytes in the opposite order. */
function reversed(bytes: v128): v128 {
  return v128.shuffle<u8>(bytes, bytes, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
}

/** Writes a sealed number, not zero, times 2^shift as big-endian bytes into the arena; answers where they begin. */
export function bytesOf(at: usize, limbs: i32, shift: u32): usize {
  const top = load<u32>(at + (((limbs - 1) as usize) << 2));
  const bits = ((limbs as u64) << 5) - (clz<u32>(top) as u64);
  const zeros = (shift >> 3) as usize;
  const up = (shift & 7) as i32;
  const significant = ((bits + (up as u64) + 7) >> 3) as usize;
  const start = reserve(16 + significant + zeros) + 16;
  memory.fill(start + significant, 0, zeros);
  const end = start + significant - 16;
  let i: usize = 0;
  while (i < significant) {
    const stop = min(i + CHUNK, significant);
    for (; i < stop; i += 16) {
      const here = i64x2.shl(v128.load(at + i), up);
      const below = i64x2.shr_u(i64x2.shr_u(v128.load(at + i - 8), 1), 63 - up);
      v128.store(end - i, reversed(v128.or(here, below)));
    }
    tick((CHUNK >> 4) as i32);
  }
  written = (significant + zeros) as i32;
  return start;
}

/** Reads big-endian bytes (with 16 readable bytes before them) as a sealed number at `dst`; answers its limbs. */
export function numberOf(dst: usize, at: usize, length: i32): i32 {
  const end = at + (length as usize) - 16;
  for (let i: usize = 0; i < (length as usize); i += 16) {
    v128.store(dst + i, reversed(v128.load(end - i)));
  }
  memory.fill(dst + (length as usize), 0, 20);
  const limbs = trim(dst, (length + 3) >> 2);
  seal(dst, limbs);
  return limbs;
}
