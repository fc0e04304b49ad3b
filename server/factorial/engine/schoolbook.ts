/** Products of small numbers, limb by limb: two rows at a time, so that two chains of carries run side by side. */
import { tick } from './memory';

/** Limbs of a row between two looks at the work counter: the longer factor may have millions. */
export const ROW: i32 = 1 << 16;
const ROW_BYTES: usize = (ROW as usize) << 2;

/** Writes src * word (64 bits) to dst, limbs + 2 limbs; dst may be src. */
export function scale(dst: usize, src: usize, limbs: i32, word: u64): void {
  const w0 = word & 0xffffffff;
  const w1 = word >> 32;
  let c0: u64 = 0;
  let c1: u64 = 0;
  let before: u64 = 0;
  const end = (limbs as usize) << 2;
  let i: usize = 0;
  while (i < end) {
    const stop = min(end, i + ROW_BYTES);
    for (; i < stop; i += 4) {
      const limb = load<u32>(src + i) as u64;
      const t0 = limb * w0 + c0;
      const t1 = before * w1 + (t0 & 0xffffffff) + c1;
      c0 = t0 >> 32;
      c1 = t1 >> 32;
      store<u32>(dst + i, t1 as u32);
      before = limb;
    }
    if (i < end) tick(ROW);
  }
  store<u64>(dst + i, before * w1 + c0 + c1);
}

/** Adds src * word (64 bits) to dst, whose two limbs above the first `limbs` count as zeros. */
function addScaled(dst: usize, src: usize, limbs: i32, word: u64): void {
  const w0 = word & 0xffffffff;
  const w1 = word >> 32;
  let c0: u64 = 0;
  let c1: u64 = 0;
  let before: u64 = 0;
  const end = (limbs as usize) << 2;
  let i: usize = 0;
  if ((limbs & 1) !== 0) {
    before = load<u32>(src) as u64;
    const t0 = before * w0 + (load<u32>(dst) as u64);
    c0 = t0 >> 32;
    store<u32>(dst, t0 as u32);
    i = 4;
  }
  while (i < end) {
    const stop = min(end, i + ROW_BYTES);
    for (; i < stop; i += 8) {
      const pair = load<u64>(src + i);
      const sum = load<u64>(dst + i);
      const even = pair & 0xffffffff;
      const odd = pair >> 32;
      const t0 = even * w0 + (sum & 0xffffffff) + c0;
      const t1 = before * w1 + (t0 & 0xffffffff) + c1;
      const u0 = odd * w0 + (sum >> 32) + (t0 >> 32);
      const u1 = even * w1 + (u0 & 0xffffffff) + (t1 >> 32);
      c0 = u0 >> 32;
      c1 = u1 >> 32;
      store<u64>(dst + i, (t1 & 0xffffffff) | (u1 << 32));
      before = odd;
    }
    if (i < end) tick(ROW);
  }
  store<u64>(dst + i, before * w1 + c0 + c1);
}

/** Writes a * b, na + nb limbs, to dst, which overlaps neither; na >= nb >= 1. */
export function multiplySchoolbook(dst: usize, a: usize, na: i32, b: usize, nb: i32): void {
  let j = 0;
  if ((nb & 1) !== 0) {
    scale(dst, a, na, load<u32>(b) as u64);
    j = 1;
  } else {
    scale(dst, a, na, load<u64>(b));
    j = 2;
  }
  for (; j < nb; j += 2) {
    addScaled(dst + ((j as usize) << 2), a, na, load<u64>(b + ((j as usize) << 2)));
  }
}
