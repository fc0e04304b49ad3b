/**
 * The bottom of the tree: products in C[x] / (x^s - e(t)) for s from 2 to 7, by the definition. This is what makes
 * lengths of 2, 3, 4, 5, 6 and 7 times a power of four possible without passes of other radices. The four leaves of
 * a parent have e(t) = w, iw, -w, -iw, where w = e(t/4) of the parent, the first number of its entry.
 */
import { mulIm, mulRe } from './complex';
import { ENTRY } from './twiddles';

/** Room for the second factor of one leaf: w b(1) ... w b(s-1), b(0) ... b(s-1). */
const ROOM: usize = memory.data(512, 16);

/** a = a * b in every leaf: four leaves of `leaf` slots per parent. With b = a: squares. */
export function multiplyLeaves(a: usize, b: usize, leaf: i32, parents: i32, entry: usize): void {
  const bytes = (leaf as usize) << 5;
  for (let i = 0; i < parents; i++) {
    const re = v128.load(entry);
    const im = v128.load(entry, 16);
    const minusRe = f64x2.neg(re);
    const minusIm = f64x2.neg(im);
    multiplyLeaf(a, b, bytes, re, im);
    multiplyLeaf(a + bytes, b + bytes, bytes, minusIm, re);
    multiplyLeaf(a + 2 * bytes, b + 2 * bytes, bytes, minusRe, minusIm);
    multiplyLeaf(a + 3 * bytes, b + 3 * bytes, bytes, im, minusRe);
    a += bytes << 2;
    b += bytes << 2;
    entry += ENTRY;
  }
}

/** One leaf: c(k) = sum of a(i) b(k - i), where b(j - s) stands for w b(j). */
function multiplyLeaf(a: usize, b: usize, bytes: usize, wr: v128, wi: v128): void {
  const middle = ROOM + bytes - 32;
  v128.store(middle, v128.load(b));
  v128.store(middle, v128.load(b, 16), 16);
  for (let j: usize = 32; j < bytes; j += 32) {
    const re = v128.load(b + j);
    const im = v128.load(b + j, 16);
    v128.store(middle + j, re);
    v128.store(middle + j, im, 16);
    v128.store(ROOM + j - 32, mulRe(re, im, wr, wi));
    v128.store(ROOM + j - 32, mulIm(re, im, wr, wi), 16);
  }
  const end = middle + bytes;
  if (bytes === 64) leaf2(a, middle, end);
  else if (bytes === 96) leaf3(a, middle, end);
  else if (bytes === 128) leaf4(a, middle, end);
  else if (bytes === 160) leaf5(a, middle, end);
  else if (bytes === 192) leaf6(a, middle, end);
  else leaf7(a, middle, end);
}

/** Real part of a * b + sum. */
function plusRe(ar: v128, ai: v128, b: usize, sum: v128): v128 {
  return f64x2.sub(f64x2.add(f64x2.mul(ar, v128.load(b)), sum), f64x2.mul(ai, v128.load(b, 16)));
}

/** Imaginary part of a * b + sum. */
function plusIm(ar: v128, ai: v128, b: usize, sum: v128): v128 {
  return f64x2.add(f64x2.mul(ai, v128.load(b)), f64x2.add(f64x2.mul(ar, v128.load(b, 16)), sum));
}

// One function per size, unrolled: a lies in registers, the loop is over the coefficients of the product, and `b`
// points at b(k), with b(k - 1), b(k - 2), ... below it.

function leaf2(a: usize, b: usize, end: usize): void {
  const a0r = v128.load(a);
  const a0i = v128.load(a, 16);
  const a1r = v128.load(a, 32);
  const a1i = v128.load(a, 48);
  for (; b < end; b += 32) {
    let re = mulRe(a0r, a0i, v128.load(b), v128.load(b, 16));
    let im = mulIm(a0r, a0i, v128.load(b), v128.load(b, 16));
    re = plusRe(a1r, a1i, b - 32, re);
    im = plusIm(a1r, a1i, b - 32, im);
    v128.store(a, re);
    v128.store(a, im, 16);
    a += 32;
  }
}

function leaf3(a: usize, b: usize, end: usize): void {
  const a0r = v128.load(a);
  const a0i = v128.load(a, 16);
  const a1r = v128.load(a, 32);
  const a1i = v128.load(a, 48);
  const a2r = v128.load(a, 64);
  const a2i = v128.load(a, 80);
  for (; b < end; b += 32) {
    let re = mulRe(a0r, a0i, v128.load(b), v128.load(b, 16));
    let im = mulIm(a0r, a0i, v128.load(b), v128.load(b, 16));
    re = plusRe(a1r, a1i, b - 32, re);
    im = plusIm(a1r, a1i, b - 32, im);
    re = plusRe(a2r, a2i, b - 64, re);
    im = plusIm(a2r, a2i, b - 64, im);
    v128.store(a, re);
    v128.store(a, im, 16);
    a += 32;
  }
}

function leaf4(a: usize, b: usize, end: usize): void {
  const a0r = v128.load(a);
  const a0i = v128.load(a, 16);
  const a1r = v128.load(a, 32);
  const a1i = v128.load(a, 48);
  const a2r = v128.load(a, 64);
  const a2i = v128.load(a, 80);
  const a3r = v128.load(a, 96);
  const a3i = v128.load(a, 112);
  for (; b < end; b += 32) {
    let re = mulRe(a0r, a0i, v128.load(b), v128.load(b, 16));
    let im = mulIm(a0r, a0i, v128.load(b), v128.load(b, 16));
    re = plusRe(a1r, a1i, b - 32, re);
    im = plusIm(a1r, a1i, b - 32, im);
    re = plusRe(a2r, a2i, b - 64, re);
    im = plusIm(a2r, a2i, b - 64, im);
    re = plusRe(a3r, a3i, b - 96, re);
    im = plusIm(a3r, a3i, b - 96, im);
    v128.store(a, re);
    v128.store(a, im, 16);
    a += 32;
  }
}

function leaf5(a: usize, b: usize, end: usize): void {
  const a0r = v128.load(a);
  const a0i = v128.load(a, 16);
  const a1r = v128.load(a, 32);
  const a1i = v128.load(a, 48);
  const a2r = v128.load(a, 64);
  const a2i = v128.load(a, 80);
  const a3r = v128.load(a, 96);
  const a3i = v128.load(a, 112);
  const a4r = v128.load(a, 128);
  const a4i = v128.load(a, 144);
  for (; b < end; b += 32) {
    let re = mulRe(a0r, a0i, v128.load(b), v128.load(b, 16));
    let im = mulIm(a0r, a0i, v128.load(b), v128.load(b, 16));
    re = plusRe(a1r, a1i, b - 32, re);
    im = plusIm(a1r, a1i, b - 32, im);
    re = plusRe(a2r, a2i, b - 64, re);
    im = plusIm(a2r, a2i, b - 64, im);
    re = plusRe(a3r, a3i, b - 96, re);
    im = plusIm(a3r, a3i, b - 96, im);
    re = plusRe(a4r, a4i, b - 128, re);
    im = plusIm(a4r, a4i, b - 128, im);
    v128.store(a, re);
    v128.store(a, im, 16);
    a += 32;
  }
}

function leaf6(a: usize, b: usize, end: usize): void {
  const a0r = v128.load(a);
  const a0i = v128.load(a, 16);
  const a1r = v128.load(a, 32);
  const a1i = v128.load(a, 48);
  const a2r = v128.load(a, 64);
  const a2i = v128.load(a, 80);
  const a3r = v128.load(a, 96);
  const a3i = v128.load(a, 112);
  const a4r = v128.load(a, 128);
  const a4i = v128.load(a, 144);
  const a5r = v128.load(a, 160);
  const a5i = v128.load(a, 176);
  for (; b < end; b += 32) {
    let re = mulRe(a0r, a0i, v128.load(b), v128.load(b, 16));
    let im = mulIm(a0r, a0i, v128.load(b), v128.load(b, 16));
    re = plusRe(a1r, a1i, b - 32, re);
    im = plusIm(a1r, a1i, b - 32, im);
    re = plusRe(a2r, a2i, b - 64, re);
    im = plusIm(a2r, a2i, b - 64, im);
    re = plusRe(a3r, a3i, b - 96, re);
    im = plusIm(a3r, a3i, b - 96, im);
    re = plusRe(a4r, a4i, b - 128, re);
    im = plusIm(a4r, a4i, b - 128, im);
    re = plusRe(a5r, a5i, b - 160, re);
    im = plusIm(a5r, a5i, b - 160, im);
    v128.store(a, re);
    v128.store(a, im, 16);
    a += 32;
  }
}

function leaf7(a: usize, b: usize, end: usize): void {
  const a0r = v128.load(a);
  const a0i = v128.load(a, 16);
  const a1r = v128.load(a, 32);
  const a1i = v128.load(a, 48);
  const a2r = v128.load(a, 64);
  const a2i = v128.load(a, 80);
  const a3r = v128.load(a, 96);
  const a3i = v128.load(a, 112);
  const a4r = v128.load(a, 128);
  const a4i = v128.load(a, 144);
  const a5r = v128.load(a, 160);
  const a5i = v128.load(a, 176);
  const a6r = v128.load(a, 192);
  const a6i = v128.load(a, 208);
  for (; b < end; b += 32) {
    let re = mulRe(a0r, a0i, v128.load(b), v128.load(b, 16));
    let im = mulIm(a0r, a0i, v128.load(b), v128.load(b, 16));
    re = plusRe(a1r, a1i, b - 32, re);
    im = plusIm(a1r, a1i, b - 32, im);
    re = plusRe(a2r, a2i, b - 64, re);
    im = plusIm(a2r, a2i, b - 64, im);
    re = plusRe(a3r, a3i, b - 96, re);
    im = plusIm(a3r, a3i, b - 96, im);
    re = plusRe(a4r, a4i, b - 128, re);
    im = plusIm(a4r, a4i, b - 128, im);
    re = plusRe(a5r, a5i, b - 160, re);
    im = plusIm(a5r, a5i, b - 160, im);
    re = plusRe(a6r, a6i, b - 192, re);
    im = plusIm(a6r, a6i, b - 192, im);
    v128.store(a, re);
    v128.store(a, im, 16);
    a += 32;
  }
}
