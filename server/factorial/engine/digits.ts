/**
 * Between limbs and the transform. A number is cut into signed digits of `bits` bits (even, at most 24). A digit is
 * its raw bits, read as two's complement, plus the highest bit of the digit below: so digits lie in
 * [-2^(bits-1), 2^(bits-1)] and no carry runs along.
 *
 * Real digits d of a polynomial mod x^2M + 1 are the complex numbers z(j) = d(j) + i d(j + M) mod x^M - i (the
 * right-angle convolution of Crandall and Fagin). The two lanes then hold z mod x^(M/2) - w and z mod x^(M/2) + w,
 * w = exp(i pi / 4): from here on they are two transforms side by side, of `slots` = M/2 numbers each. A slot is
 * 32 bytes: two real parts, two imaginary parts. So there are four streams of digits, of `slots` digits each.
 */
import { tick } from './memory';

const SQRT_HALF: f64 = Math.SQRT1_2;
/** Groups of four slots between two looks at the work counter. */
const CHUNK: i32 = 4096;

/** Sixteen zero bytes and room around them: what a stream reads that has ended. */
const NOTHING: usize = memory.data(48, 16) + 16;

let picks: v128 = i64x2.splat(0);
let lifts: v128 = i64x2.splat(0);

/** Where the four digits of a group lie in the 16 bytes that begin one byte below it. */
function prepare(bits: i32): void {
  let pick0: u64 = 0;
  let pick1: u64 = 0;
  let lift0: u64 = 0;
  let lift1: u64 = 0;
  for (let k = 3; k >= 0; k--) {
    const at = bits * k + 7;
    const first = (at >> 3) as u64;
    const pick = first | ((first + 1) << 8) | ((first + 2) << 16) | ((first + 3) << 24);
    const lift = (1 as u64) << ((31 - bits - (at & 7)) as u64);
    if (k >= 2) {
      pick1 = (pick1 << 32) | pick;
      lift1 = (lift1 << 32) | lift;
    } else {
      pick0 = (pick0 << 32) | pick;
      lift0 = (lift0 << 32) | lift;
    }
  }
  picks = i64x2.replace_lane(i64x2.splat(pick0), 1, pick1);
  lifts = i64x2.replace_lane(i64x2.splat(lift0), 1, lift1);
}

/** Four digits as 32-bit integers. */
function digits(at: usize, pick: v128, lift: v128, shift: i32): v128 {
  const windows = i32x4.mul(i8x16.swizzle(v128.load(at - 1), pick), lift);
  return i32x4.shr_s(i32x4.add(i32x4.shr_s(windows, shift), i32x4.splat(1)), 1);
}

/** Loads a number into `slots` slots (a multiple of 4); it must be sealed and have at most 4 * slots digits. */
export function loadDigits(data: usize, slots: i32, at: usize, limbs: i32, bits: i32): void {
  prepare(bits);
  const bytes = (bits as usize) >> 1;
  const groups = slots >> 2;
  const all = groupsOf(limbs, bits);
  const ends1 = min(max(all - groups, 0), groups);
  const ends2 = min(max(all - 2 * groups, 0), groups);
  const ends3 = min(max(all - 3 * groups, 0), groups);
  const stride = (groups as usize) * bytes;
  let from = 0;
  while (from < groups) {
    let to = min(from + CHUNK, groups);
    if (from < ends3) to = min(to, ends3);
    else if (from < ends2) to = min(to, ends2);
    else if (from < ends1) to = min(to, ends1);
    else if (from < all) to = min(to, all);
    const offset = at + (from as usize) * bytes;
    const x = from < all ? offset : NOTHING;
    const y = from < ends1 ? offset + stride : NOTHING;
    const target = data + ((from as usize) << 7);
    const stepX = from < all ? bytes : 0;
    const stepY = from < ends1 ? bytes : 0;
    if (from < ends2) {
      const v = from < ends3 ? offset + 3 * stride : NOTHING;
      loadFour(target, to - from, bits, x, y, offset + 2 * stride, v, bytes, from < ends3 ? bytes : 0);
    } else {
      loadTwo(target, to - from, bits, x, stepX, y, stepY);
    }
    // Mostly the first touch of fresh memory.
    tick((to - from) << 5);
    from = to;
  }
}

/** Groups of four digits that a number of so many limbs fills, with room for the carry of its highest digit. */
export function groupsOf(limbs: i32, bits: i32): i32 {
  return ((((limbs as u64) << 5) / ((bits as u64) << 2)) as i32) + 1;
}

/** The common case: the upper half is empty, so all z(j) are real. */
function loadTwo(data: usize, groups: i32, bits: i32, x: usize, stepX: usize, y: usize, stepY: usize): void {
  const shift = 31 - bits;
  const root = f64x2.splat(SQRT_HALF);
  const minus = f64x2.splat(-SQRT_HALF);
  const pick = picks;
  const lift = lifts;
  const end = data + ((groups as usize) << 7);
  for (; data < end; data += 128) {
    const xs = digits(x, pick, lift, shift);
    const ys = digits(y, pick, lift, shift);
    x += stepX;
    y += stepY;
    const x01 = f64x2.convert_low_i32x4_s(xs);
    const y01 = f64x2.convert_low_i32x4_s(ys);
    const p01 = f64x2.mul(y01, root);
    const n01 = f64x2.mul(y01, minus);
    const sum01 = f64x2.add(x01, p01);
    const dif01 = f64x2.add(x01, n01);
    v128.store(data, v128.shuffle<f64>(sum01, dif01, 0, 2), 0);
    v128.store(data, v128.shuffle<f64>(p01, n01, 0, 2), 16);
    v128.store(data, v128.shuffle<f64>(sum01, dif01, 1, 3), 32);
    v128.store(data, v128.shuffle<f64>(p01, n01, 1, 3), 48);
    const x23 = f64x2.convert_low_i32x4_s(v128.shuffle<i64>(xs, xs, 1, 1));
    const y23 = f64x2.convert_low_i32x4_s(v128.shuffle<i64>(ys, ys, 1, 1));
    const p23 = f64x2.mul(y23, root);
    const n23 = f64x2.mul(y23, minus);
    const sum23 = f64x2.add(x23, p23);
    const dif23 = f64x2.add(x23, n23);
    v128.store(data, v128.shuffle<f64>(sum23, dif23, 0, 2), 64);
    v128.store(data, v128.shuffle<f64>(p23, n23, 0, 2), 80);
    v128.store(data, v128.shuffle<f64>(sum23, dif23, 1, 3), 96);
    v128.store(data, v128.shuffle<f64>(p23, n23, 1, 3), 112);
  }
}

/** The long operand of an unbalanced product: x, y and u have digits, v may have ended. */
function loadFour(
  data: usize,
  groups: i32,
  bits: i32,
  x: usize,
  y: usize,
  u: usize,
  v: usize,
  step: usize,
  stepV: usize,
): void {
  const shift = 31 - bits;
  const pick = picks;
  const lift = lifts;
  const end = data + ((groups as usize) << 7);
  for (; data < end; data += 128) {
    const xs = digits(x, pick, lift, shift);
    const ys = digits(y, pick, lift, shift);
    const us = digits(u, pick, lift, shift);
    const vs = digits(v, pick, lift, shift);
    x += step;
    y += step;
    u += step;
    v += stepV;
    const differences = i32x4.sub(ys, vs);
    const sums = i32x4.add(ys, vs);
    storePair(data, xs, us, differences, sums);
    storePair(
      data + 64,
      v128.shuffle<i64>(xs, xs, 1, 1),
      v128.shuffle<i64>(us, us, 1, 1),
      v128.shuffle<i64>(differences, differences, 1, 1),
      v128.shuffle<i64>(sums, sums, 1, 1),
    );
  }
}

/** Two slots from the low two digits of x, u, y - v and y + v: x + i u +- w (y + i v). */
function storePair(data: usize, xs: v128, us: v128, differences: v128, sums: v128): void {
  const root = f64x2.splat(SQRT_HALF);
  const x = f64x2.convert_low_i32x4_s(xs);
  const u = f64x2.convert_low_i32x4_s(us);
  const p = f64x2.mul(f64x2.convert_low_i32x4_s(differences), root);
  const q = f64x2.mul(f64x2.convert_low_i32x4_s(sums), root);
  const re0 = f64x2.add(x, p);
  const re1 = f64x2.sub(x, p);
  const im0 = f64x2.add(u, q);
  const im1 = f64x2.sub(u, q);
  v128.store(data, v128.shuffle<f64>(re0, re1, 0, 2), 0);
  v128.store(data, v128.shuffle<f64>(im0, im1, 0, 2), 16);
  v128.store(data, v128.shuffle<f64>(re0, re1, 1, 3), 32);
  v128.store(data, v128.shuffle<f64>(im0, im1, 1, 3), 48);
}
