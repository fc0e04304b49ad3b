/**
 * From the transform back to limbs: joins the lanes, rounds, carries, packs. The four streams of digits (see
 * digits.ts) are carried side by side; what leaves one at its end is added to the next afterwards.
 */
import { groupsOf } from './digits';
import { tick } from './memory';

const SQRT_HALF: f64 = Math.SQRT1_2;
/** 1.5 * 2^52: added to a number below 2^51 it leaves the nearest integer in the low bits. */
const ROUNDER: f64 = 6755399441055744;
const ROUNDER_BITS: i64 = 0x4338000000000000;
/** Groups of four slots that stay in the first cache between rounding and packing. */
const CHUNK: i32 = 128;

let carry0: i64 = 0;
let carry1: i64 = 0;

/**
 * Writes the product to dst (`limbs` limbs and up to 16 bytes more). Answers false when something is left over at
 * the top: then the product was wrong.
 */
export function storeDigits(dst: usize, limbs: i32, data: usize, slots: i32, bits: i32, scale: f64): bool {
  const bytes = (bits as usize) >> 1;
  const groups = slots >> 2;
  const all = groupsOf(limbs, bits);
  const stride = (groups as usize) * bytes;
  let carryX: i64 = 0;
  let carryY: i64 = 0;
  let carryU: i64 = 0;
  let carryV: i64 = 0;
  for (let from = 0; from < groups; from += CHUNK) {
    const to = min(from + CHUNK, groups);
    const at = data + ((from as usize) << 7);
    const out = dst + (from as usize) * bytes;
    round(at, at + (((to - from) as usize) << 7), scale);
    carry0 = carryX;
    carry1 = carryY;
    pack(at, out, stride, to - from, min(all - from, to - from), min(all - groups - from, to - from), bits);
    carryX = carry0;
    carryY = carry1;
    carry0 = carryU;
    carry1 = carryV;
    const left = all - 2 * groups - from;
    pack(
      at + 64,
      out + 2 * stride,
      stride,
      to - from,
      min(left, to - from),
      min(left - groups, to - from),
      bits,
    );
    carryU = carry0;
    carryV = carry1;
    tick((to - from) << 4);
  }
  const end = dst + (all as usize) * bytes;
  return (
    addCarry(dst + stride, carryX, end) &&
    addCarry(dst + 2 * stride, carryY, end) &&
    addCarry(dst + 3 * stride, carryU, end) &&
    carryV === 0
  );
}

/** Adds a carry to the number from `at` on; false when it runs beyond the end. */
function addCarry(at: usize, carry: i64, end: usize): bool {
  while (carry !== 0) {
    if (at >= end) return false;
    const before = load<u64>(at);
    const after = before + (carry as u64);
    store<u64>(at, after);
    carry = carry > 0 ? (after < before ? 1 : 0) : after > before ? -1 : 0;
    at += 8;
  }
  return true;
}

/**
 * Groups of four slots, in place, to four 64-bit integers of x, y, u and v each. With lanes z0 and z1:
 * x + i u = (z0 + z1) / 2 and y + i v = (z0 - z1) / 2w, w = exp(i pi / 4); the halves are in `scale`.
 */
function round(data: usize, end: usize, scale: f64): void {
  const straight = f64x2.splat(scale);
  const turned = f64x2.splat(scale * SQRT_HALF);
  for (; data < end; data += 128) {
    const re0 = v128.load(data);
    const im0 = v128.load(data, 16);
    const re1 = v128.load(data, 32);
    const im1 = v128.load(data, 48);
    const re2 = v128.load(data, 64);
    const im2 = v128.load(data, 80);
    const re3 = v128.load(data, 96);
    const im3 = v128.load(data, 112);
    const r0a = v128.shuffle<f64>(re0, re1, 0, 2);
    const r1a = v128.shuffle<f64>(re0, re1, 1, 3);
    const i0a = v128.shuffle<f64>(im0, im1, 0, 2);
    const i1a = v128.shuffle<f64>(im0, im1, 1, 3);
    const dra = f64x2.sub(r0a, r1a);
    const dia = f64x2.sub(i0a, i1a);
    v128.store(data, rounded(f64x2.add(r0a, r1a), straight));
    v128.store(data, rounded(f64x2.add(dra, dia), turned), 32);
    v128.store(data, rounded(f64x2.add(i0a, i1a), straight), 64);
    v128.store(data, rounded(f64x2.sub(dia, dra), turned), 96);
    const r0b = v128.shuffle<f64>(re2, re3, 0, 2);
    const r1b = v128.shuffle<f64>(re2, re3, 1, 3);
    const i0b = v128.shuffle<f64>(im2, im3, 0, 2);
    const i1b = v128.shuffle<f64>(im2, im3, 1, 3);
    const drb = f64x2.sub(r0b, r1b);
    const dib = f64x2.sub(i0b, i1b);
    v128.store(data, rounded(f64x2.add(r0b, r1b), straight), 16);
    v128.store(data, rounded(f64x2.add(drb, dib), turned), 48);
    v128.store(data, rounded(f64x2.add(i0b, i1b), straight), 80);
    v128.store(data, rounded(f64x2.sub(dib, drb), turned), 112);
  }
}

function rounded(value: v128, scale: v128): v128 {
  const sum = f64x2.add(f64x2.mul(value, scale), f64x2.splat(ROUNDER));
  return i64x2.sub(sum, i64x2.splat(ROUNDER_BITS));
}

/**
 * Carries through two streams, `stride` bytes apart in the output, and writes the first `wanted0` and `wanted1` of
 * their groups: four digits are 4 * bits bits, written as two overlapping words, the upper one last.
 */
function pack(
  data: usize,
  dst: usize,
  stride: usize,
  groups: i32,
  wanted0: i32,
  wanted1: i32,
  bits: i32,
): void {
  const bytes = (bits as usize) >> 1;
  const upper = bytes - 8;
  const width = bits as i64;
  const mask = ((1 as i64) << width) - 1;
  const spare = 4 * width - 64;
  const shift2 = 2 * width - spare;
  const shift3 = 3 * width - spare;
  let c0 = carry0;
  let c1 = carry1;
  for (let g = 0; g < groups; g++) {
    const p0 = load<i64>(data) + c0;
    const q0 = load<i64>(data, 32) + c1;
    const p1 = load<i64>(data, 8) + (p0 >> width);
    const q1 = load<i64>(data, 40) + (q0 >> width);
    const p2 = load<i64>(data, 16) + (p1 >> width);
    const q2 = load<i64>(data, 48) + (q1 >> width);
    const p3 = load<i64>(data, 24) + (p2 >> width);
    const q3 = load<i64>(data, 56) + (q2 >> width);
    c0 = p3 >> width;
    c1 = q3 >> width;
    if (g < wanted0) {
      const low = ((p0 & mask) | ((p1 & mask) << width)) as u64;
      store<i64>(dst, low);
      store<i64>(dst + upper, ((low >> (spare as u64)) as i64) | ((p2 & mask) << shift2) | (p3 << shift3));
    }
    if (g < wanted1) {
      const low = ((q0 & mask) | ((q1 & mask) << width)) as u64;
      store<i64>(dst + stride, low);
      store<i64>(
        dst + stride + upper,
        ((low >> (spare as u64)) as i64) | ((q2 & mask) << shift2) | (q3 << shift3),
      );
    }
    data += 128;
    dst += bytes;
  }
  carry0 = c0;
  carry1 = c1;
}
