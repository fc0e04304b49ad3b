/**
 * The transform: decimation in frequency by four down a tree of rings C[x] / (x^m - e(t)), one twiddle per block
 * (Bernstein's "twisted" tree without the twisting), lanes never mix. Going down splits a block into four, the
 * leaves are multiplied, going up joins them again; a subtree is finished before the next begins, so that only the
 * first passes of a large transform leave the cache.
 */
import { mulIm, mulRe } from './complex';
import { multiplyLeaves } from './leaves';
import { tick } from './memory';
import { ENTRY, entriesAbove } from './twiddles';

/** Slots of a subtree that is walked level by level: 2^12 slots are 128 KiB. */
const FLAT: i32 = 4096;
/** Columns of a pass between two looks at the work counter. */
const COLUMNS: i32 = 16384;

/** One butterfly pass over `columns` columns of four rows, `row` bytes apart: splits a block into four. */
function split(data: usize, columns: i32, row: usize, entry: usize): void {
  const w1r = v128.load(entry);
  const w1i = v128.load(entry, 16);
  const w2r = v128.load(entry, 32);
  const w2i = v128.load(entry, 48);
  const w3r = v128.load(entry, 64);
  const w3i = v128.load(entry, 80);
  const end = data + ((columns as usize) << 5);
  for (; data < end; data += 32) {
    const p1 = data + row;
    const p2 = p1 + row;
    const p3 = p2 + row;
    const a2r = v128.load(p2);
    const a2i = v128.load(p2, 16);
    const b2r = mulRe(a2r, a2i, w2r, w2i);
    const b2i = mulIm(a2r, a2i, w2r, w2i);
    const a0r = v128.load(data);
    const a0i = v128.load(data, 16);
    const s0r = f64x2.add(a0r, b2r);
    const s0i = f64x2.add(a0i, b2i);
    const d0r = f64x2.sub(a0r, b2r);
    const d0i = f64x2.sub(a0i, b2i);
    const a1r = v128.load(p1);
    const a1i = v128.load(p1, 16);
    const b1r = mulRe(a1r, a1i, w1r, w1i);
    const b1i = mulIm(a1r, a1i, w1r, w1i);
    const a3r = v128.load(p3);
    const a3i = v128.load(p3, 16);
    const b3r = mulRe(a3r, a3i, w3r, w3i);
    const b3i = mulIm(a3r, a3i, w3r, w3i);
    const s1r = f64x2.add(b1r, b3r);
    const s1i = f64x2.add(b1i, b3i);
    const d1r = f64x2.sub(b1r, b3r);
    const d1i = f64x2.sub(b1i, b3i);
    v128.store(data, f64x2.add(s0r, s1r));
    v128.store(data, f64x2.add(s0i, s1i), 16);
    v128.store(p2, f64x2.sub(s0r, s1r));
    v128.store(p2, f64x2.sub(s0i, s1i), 16);
    v128.store(p1, f64x2.sub(d0r, d1i));
    v128.store(p1, f64x2.add(d0i, d1r), 16);
    v128.store(p3, f64x2.add(d0r, d1i));
    v128.store(p3, f64x2.sub(d0i, d1r), 16);
  }
}

/** The way back: joins four blocks into one, times 4. */
function join(data: usize, columns: i32, row: usize, entry: usize): void {
  const w1r = v128.load(entry);
  const w1i = f64x2.neg(v128.load(entry, 16));
  const w2r = v128.load(entry, 32);
  const w2i = f64x2.neg(v128.load(entry, 48));
  const w3r = v128.load(entry, 64);
  const w3i = f64x2.neg(v128.load(entry, 80));
  const end = data + ((columns as usize) << 5);
  for (; data < end; data += 32) {
    const p1 = data + row;
    const p2 = p1 + row;
    const p3 = p2 + row;
    const c0r = v128.load(data);
    const c0i = v128.load(data, 16);
    const c2r = v128.load(p2);
    const c2i = v128.load(p2, 16);
    const s0r = f64x2.add(c0r, c2r);
    const s0i = f64x2.add(c0i, c2i);
    const s1r = f64x2.sub(c0r, c2r);
    const s1i = f64x2.sub(c0i, c2i);
    const c1r = v128.load(p1);
    const c1i = v128.load(p1, 16);
    const c3r = v128.load(p3);
    const c3i = v128.load(p3, 16);
    const d0r = f64x2.add(c1r, c3r);
    const d0i = f64x2.add(c1i, c3i);
    const d1r = f64x2.sub(c1r, c3r);
    const d1i = f64x2.sub(c1i, c3i);
    v128.store(data, f64x2.add(s0r, d0r));
    v128.store(data, f64x2.add(s0i, d0i), 16);
    const b2r = f64x2.sub(s0r, d0r);
    const b2i = f64x2.sub(s0i, d0i);
    v128.store(p2, mulRe(b2r, b2i, w2r, w2i));
    v128.store(p2, mulIm(b2r, b2i, w2r, w2i), 16);
    const b1r = f64x2.add(s1r, d1i);
    const b1i = f64x2.sub(s1i, d1r);
    v128.store(p1, mulRe(b1r, b1i, w1r, w1i));
    v128.store(p1, mulIm(b1r, b1i, w1r, w1i), 16);
    const b3r = f64x2.sub(s1r, d1i);
    const b3i = f64x2.add(s1i, d1r);
    v128.store(p3, mulRe(b3r, b3i, w3r, w3i));
    v128.store(p3, mulIm(b3r, b3i, w3r, w3i), 16);
  }
}

/** A pass over a large block, in pieces with a look at the work counter after each. */
function splitLarge(data: usize, row: i32, entry: usize): void {
  for (let from = 0; from < row; from += COLUMNS) {
    const columns = min(COLUMNS, row - from);
    split(data + ((from as usize) << 5), columns, (row as usize) << 5, entry);
    tick(columns << 2);
  }
}

function joinLarge(data: usize, row: i32, entry: usize): void {
  for (let from = 0; from < row; from += COLUMNS) {
    const columns = min(COLUMNS, row - from);
    join(data + ((from as usize) << 5), columns, (row as usize) << 5, entry);
    tick(columns << 2);
  }
}

/** The tree of the product under way (see `useTree`). */
let leaf: i32 = 0;
let roots: i32 = 0;
let levels: i32 = 0;
let table: usize = 0;

/** Sets the tree for the next `convolve`: slots of a leaf, blocks at the top, levels of passes, twiddles. */
export function useTree(leafSlots: i32, rootBlocks: i32, passLevels: i32, twiddleTable: usize): void {
  leaf = leafSlots;
  roots = rootBlocks;
  levels = passLevels;
  table = twiddleTable;
}

function entryOf(level: i32, index: i32): usize {
  return table + ((entriesAbove(roots, level) + index) as usize) * ENTRY;
}

/** Multiplies block `index` of `level` in place: a becomes a * b times 4^(levels - level). With b = a: a square. */
export function convolve(a: usize, b: usize, slots: i32, level: i32, index: i32): void {
  if (slots <= FLAT) {
    convolveFlat(a, b, slots, level, index);
    tick(slots << 4);
    return;
  }
  const entry = entryOf(level, index);
  const row = slots >> 2;
  splitLarge(a, row, entry);
  if (a !== b) splitLarge(b, row, entry);
  for (let child = 0; child < 4; child++) {
    const offset = ((child * row) as usize) << 5;
    convolve(a + offset, b + offset, row, level + 1, (index << 2) + child);
  }
  joinLarge(a, row, entry);
}

/** The same level by level, for what fits into the cache. */
function convolveFlat(a: usize, b: usize, slots: i32, level: i32, index: i32): void {
  let blocks = 1;
  let row = slots >> 2;
  let first = index;
  for (let at = level; at < levels; at++) {
    const bytes = (row as usize) << 7;
    const entries = entryOf(at, first);
    for (let i = 0; i < blocks; i++) {
      split(a + (i as usize) * bytes, row, bytes >> 2, entries + (i as usize) * ENTRY);
    }
    if (a !== b) {
      for (let i = 0; i < blocks; i++) {
        split(b + (i as usize) * bytes, row, bytes >> 2, entries + (i as usize) * ENTRY);
      }
    }
    row >>= 2;
    blocks <<= 2;
    first <<= 2;
  }
  multiplyLeaves(a, b, leaf, blocks >> 2, entryOf(levels - 1, first >> 2));
  row = leaf;
  for (let at = levels - 1; at >= level; at--) {
    blocks >>= 2;
    first >>= 2;
    const bytes = (row as usize) << 7;
    const entries = entryOf(at, first);
    for (let i = 0; i < blocks; i++) {
      join(a + (i as usize) * bytes, row, bytes >> 2, entries + (i as usize) * ENTRY);
    }
    row <<= 2;
  }
}
