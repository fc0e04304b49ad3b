/** Products of numbers of any size: by limbs when small, else by the transform, and checked. */
import { storeDigits } from './carry';
import { groupsOf, loadDigits } from './digits';
import { convolve, useTree } from './fft';
import { joinHalves, splitHalves } from './halves';
import { residue, residueProduct, trim } from './limbs';
import { mark, release, reserve, seal, tick } from './memory';
import { multiplySchoolbook, ROW } from './schoolbook';
import { twiddles } from './twiddles';

/** Limbs of the smaller operand below which products are made limb by limb. */
export const SCHOOLBOOK: i32 = 40;
/** Levels of twiddles there is always room for, so that growing n begin no new tables: 0.8 MB. */
const LEVELS_LEAST: i32 = 7;

/** The shape of a transform: slots = leaf * roots * 4^levels per lane, digits of `bits` bits. */
let slots: i32 = 0;
let leaf: i32 = 0;
let roots: i32 = 0;
let levels: i32 = 0;
let bits: i32 = 0;

/** Chooses the shape for a product of so many limbs: the longest digits whose rounding errors stay small. */
function chooseShape(limbs: i32): void {
  bits = 22;
  chooseSlots(groupsOf(limbs, bits));
  while (slots > mostSlots(bits)) {
    bits -= 2;
    chooseSlots(groupsOf(limbs, bits));
  }
}

/** Errors grow with the square root of the slots and with 4^bits; up to here the largest measured is 1/8. */
function mostSlots(bits: i32): i32 {
  if (bits === 22) return 1 << 8;
  if (bits === 20) return 1 << 15;
  return bits === 18 ? 1 << 23 : i32.MAX_VALUE;
}

/** The least length of at least `least` slots: 2, 2.5, 3, 3.5, 4, 5, 6 or 7 times a power of four. */
function chooseSlots(least: i32): void {
  levels = 1;
  while ((8 as u64) << ((levels << 1) as u64) < (least as u64)) levels++;
  const unit = 1 << (levels << 1);
  roots = 1;
  if (unit * 2 >= least) leaf = 2;
  else if ((unit >> 1) * 5 >= least && levels > 1) leaf = 5;
  else if (unit * 3 >= least) leaf = 3;
  else if ((unit >> 1) * 7 >= least && levels > 1) leaf = 7;
  else if (unit * 4 >= least) leaf = 4;
  else if (unit * 5 >= least) leaf = 5;
  else if (unit * 6 >= least) leaf = 6;
  else if (unit * 7 >= least) leaf = 7;
  else {
    leaf = 2;
    levels++;
  }
  if (leaf >= 5 && (unit >> 1) * leaf >= least && levels > 1) {
    roots = 2;
    levels--;
  }
  slots = (leaf * roots) << (levels << 1);
}

/** Levels of twiddles that products of up to so many limbs need, counted for trees that begin with one block. */
export function levelsFor(limbs: i32): i32 {
  chooseShape(limbs);
  return max(levels + roots - 1, LEVELS_LEAST);
}

/** Bytes of the two transforms of a product of so many limbs. */
export function transformBytes(limbs: i32): usize {
  chooseShape(limbs);
  return (slots as usize) << 6;
}

/**
 * Writes a * b to dst, which has room for na + nb limbs and 32 bytes more and overlaps neither; answers its length.
 * Both operands are sealed and not zero; the product is sealed too. b = a means a square. Traps when the check
 * mod 2^32 - 1 finds an error.
 */
export function multiply(dst: usize, a: usize, na: i32, b: usize, nb: i32): i32 {
  if (na < nb) return multiply(dst, b, nb, a, na);
  const limbs = na + nb;
  if (nb < SCHOOLBOOK) {
    multiplySchoolbook(dst, a, na, b, nb);
    tick(min(na, ROW) * nb);
  } else {
    multiplyTransformed(dst, a, na, b, nb);
  }
  const length = trim(dst, limbs);
  seal(dst, length);
  return length;
}

function multiplyTransformed(dst: usize, a: usize, na: i32, b: usize, nb: i32): void {
  const limbs = na + nb;
  chooseShape(limbs);
  const start = mark();
  const first = reserve((slots as usize) << 5);
  let second = first;
  loadDigits(first, slots, a, na, bits);
  if (a !== b || na !== nb) {
    second = reserve((slots as usize) << 5);
    loadDigits(second, slots, b, nb, bits);
  }
  transform(first, second);
  const scale: f64 = 0.5 / ((roots << (levels << 1)) as f64);
  const fits = storeDigits(dst, limbs, first, slots, bits, scale);
  release(start);
  if (!fits || residue(dst, limbs) !== residueProduct(residue(a, na), residue(b, nb))) unreachable();
}

/** first = first * second in the ring, times roots * 4^levels. */
function transform(first: usize, second: usize): void {
  useTree(leaf, roots, levels, twiddles(roots, levels));
  if (roots === 1) {
    convolve(first, second, slots, 0, 0);
    return;
  }
  const half = slots >> 1;
  const offset = (half as usize) << 5;
  splitHalves(first, half);
  if (second !== first) splitHalves(second, half);
  convolve(first, second, half, 0, 0);
  convolve(first + offset, second + offset, half, 0, 1);
  joinHalves(first, half);
}
