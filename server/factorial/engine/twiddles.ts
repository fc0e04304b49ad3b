/**
 * The roots of unity, one entry per block of the transform, kept between calls.
 *
 * A block is C[x] / (x^m - e(t)), e(t) = exp(2 pi i t), in each lane with a t of its own. A radix-4 pass splits it
 * into four with t' = (t + j) / 4 and needs e(t/4), e(2t/4), e(3t/4): an entry of six vectors. The entries of one
 * level lie in the order of their blocks, so a table for deep trees starts with the table for shallow ones. There
 * are two: for trees that begin with one block, and with two (after a radix-2 pass).
 */
import { reserve, tick } from './memory';

/** Bytes of an entry: three complex numbers for two lanes. */
export const ENTRY: usize = 96;

const COS_PI_8: f64 = 0.9238795325112867;
const SIN_PI_8: f64 = 0.3826834323650898;
const SQRT_HALF: f64 = Math.SQRT1_2;
const PI_8: f64 = 0.39269908169872414;

/** Units of work for the entries of 256 parents. */
const UNITS_PER_256: i32 = 20000;

let table1: usize = 0;
let table2: usize = 0;
let capacity: i32 = -1;
let filled1: i32 = 0;
let filled2: i32 = 0;

/** Entries of all levels above `level` in a tree that begins with `roots` blocks. */
export function entriesAbove(roots: i32, level: i32): i32 {
  return (roots * ((1 << (level << 1)) - 1)) / 3;
}

/** Begins both tables anew: for trees of `levels` levels from one block, of one level less from two. */
export function reserveTwiddles(levels: i32): void {
  table1 = reserve((entriesAbove(1, levels) as usize) * ENTRY);
  table2 = reserve((entriesAbove(2, levels - 1) as usize) * ENTRY);
  capacity = levels;
  filled1 = 0;
  filled2 = 0;
}

/** Whether tables for `levels` levels are there. */
export function holdsTwiddles(levels: i32): bool {
  return levels <= capacity;
}

/** The table for trees of `levels` levels that begin with `roots` blocks (1 or 2), filled as far as needed. */
export function twiddles(roots: i32, levels: i32): usize {
  const table = roots === 1 ? table1 : table2;
  let filled = roots === 1 ? filled1 : filled2;
  for (; filled < levels; filled++) {
    if (filled === 0) fillRoots(table, roots);
    else fillLevel(table, roots, filled);
  }
  if (roots === 1) filled1 = filled;
  else filled2 = filled;
  return table;
}

/** Root blocks: x^M - i has t = 1/4, its halves (one per lane) 1/8 and 5/8, their halves 1/16, 9/16 and 5/16, 13/16. */
function fillRoots(table: usize, roots: i32): void {
  const half = SQRT_HALF;
  if (roots === 1) {
    const angle = f64x2.splat(PI_8 * 0.5);
    fillEntry(table, angle, f64x2(1, half), f64x2(0, half));
  } else {
    const angle = f64x2.splat(PI_8 * 0.25);
    fillEntry(table, angle, f64x2(1, COS_PI_8), f64x2(0, SIN_PI_8));
    fillEntry(table + ENTRY, angle, f64x2(half, SIN_PI_8), f64x2(half, COS_PI_8));
  }
}

/** Level `level` from the angles of its parents: child j of t has e(t'/4) = e(t/16) e(j/16). */
function fillLevel(table: usize, roots: i32, level: i32): void {
  const above = level - 1;
  const count = roots << (above << 1);
  const perRoot = (1 << (above << 1)) - 1;
  const unit: f64 = PI_8 / ((1 << (above << 1)) as f64);
  let entry = table + (entriesAbove(roots, level) as usize) * ENTRY;
  for (let i = 0; i < count; i++) {
    if ((i & 255) === 0) tick(UNITS_PER_256);
    const order = reversedPairs(i & perRoot, above) as f64;
    const first: f64 = roots === 1 ? 0.125 : i > perRoot ? 0.5625 : 0.0625;
    const second: f64 = roots === 1 ? 0.625 : i > perRoot ? 0.8125 : 0.3125;
    const angle = f64x2((order + first) * unit, (order + second) * unit);
    fillEntry(entry, angle, f64x2.splat(1), f64x2.splat(0));
    fillEntry(entry + ENTRY, angle, f64x2.splat(COS_PI_8), f64x2.splat(SIN_PI_8));
    fillEntry(entry + 2 * ENTRY, angle, f64x2.splat(SQRT_HALF), f64x2.splat(SQRT_HALF));
    fillEntry(entry + 3 * ENTRY, angle, f64x2.splat(SIN_PI_8), f64x2.splat(COS_PI_8));
    entry += 4 * ENTRY;
  }
}

/** The `pairs` lowest base-4 digits of a number in reversed order. */
function reversedPairs(value: i32, pairs: i32): i32 {
  let x = value as u32;
  x = ((x >> 2) & 0x33333333) | ((x & 0x33333333) << 2);
  x = ((x >> 4) & 0x0f0f0f0f) | ((x & 0x0f0f0f0f) << 4);
  x = ((x >> 8) & 0x00ff00ff) | ((x & 0x00ff00ff) << 8);
  x = (x >> 16) | (x << 16);
  return pairs === 0 ? 0 : ((x >> (32 - (pairs << 1))) as i32);
}

/**
 * One entry: w = exp(i angle) * (turnRe + i turnIm), w^2, w^3. The angle is at most pi/8, where the Taylor sums
 * below are exact to the last bit or two.
 */
function fillEntry(entry: usize, angle: v128, turnRe: v128, turnIm: v128): void {
  const z = f64x2.mul(angle, angle);
  const c = cosine(z);
  const s = f64x2.mul(angle, sineOverAngle(z));
  const re = f64x2.sub(f64x2.mul(c, turnRe), f64x2.mul(s, turnIm));
  const im = f64x2.add(f64x2.mul(c, turnIm), f64x2.mul(s, turnRe));
  const re2 = f64x2.sub(f64x2.mul(re, re), f64x2.mul(im, im));
  const half2 = f64x2.mul(re, im);
  const im2 = f64x2.add(half2, half2);
  v128.store(entry, re);
  v128.store(entry, im, 16);
  v128.store(entry, re2, 32);
  v128.store(entry, im2, 48);
  v128.store(entry, f64x2.sub(f64x2.mul(re2, re), f64x2.mul(im2, im)), 64);
  v128.store(entry, f64x2.add(f64x2.mul(re2, im), f64x2.mul(im2, re)), 80);
}

function cosine(z: v128): v128 {
  let sum = horner(f64x2.splat(-1.0 / 87178291200.0), z, 1.0 / 479001600.0);
  sum = horner(sum, z, -1.0 / 3628800.0);
  sum = horner(sum, z, 1.0 / 40320.0);
  sum = horner(sum, z, -1.0 / 720.0);
  sum = horner(sum, z, 1.0 / 24.0);
  sum = horner(sum, z, -0.5);
  return horner(sum, z, 1.0);
}

function sineOverAngle(z: v128): v128 {
  let sum = horner(f64x2.splat(1.0 / 6227020800.0), z, -1.0 / 39916800.0);
  sum = horner(sum, z, 1.0 / 362880.0);
  sum = horner(sum, z, -1.0 / 5040.0);
  sum = horner(sum, z, 1.0 / 120.0);
  sum = horner(sum, z, -1.0 / 6.0);
  return horner(sum, z, 1.0);
}

function horner(sum: v128, z: v128, next: f64): v128 {
  return f64x2.add(f64x2.mul(sum, z), f64x2.splat(next));
}
