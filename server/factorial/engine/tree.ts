/** Products of many small numbers: packed into words below 2^64, the words multiplied as a balanced tree. */
import { trim } from './limbs';
import { mark, release, reserveNumber, seal } from './memory';
import { multiply } from './multiply';
import { scale } from './schoolbook';

/** Words that are multiplied one after another at the bottom of the tree. */
const ROW: i32 = 16;

/** Writes the product of `count` words to dst (2 * count limbs of room and 32 bytes); answers its length in limbs. */
export function productOfWords(dst: usize, words: usize, count: i32): i32 {
  if (count <= ROW) return productOfRow(dst, words, count);
  const half = count >> 1;
  const start = mark();
  const left = reserveNumber(2 * half);
  const leftLimbs = productOfWords(left, words, half);
  const right = reserveNumber(2 * (count - half));
  const rightLimbs = productOfWords(right, words + ((half as usize) << 3), count - half);
  const limbs = multiply(dst, left, leftLimbs, right, rightLimbs);
  release(start);
  return limbs;
}

function productOfRow(dst: usize, words: usize, count: i32): i32 {
  store<u64>(dst, count === 0 ? 1 : load<u64>(words));
  let limbs = trim(dst, 2);
  for (let i = 1; i < count; i++) {
    scale(dst, dst, limbs, load<u64>(words + ((i as usize) << 3)));
    limbs = trim(dst, limbs + 2);
  }
  seal(dst, limbs);
  return limbs;
}
