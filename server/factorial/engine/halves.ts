/** The radix-2 pass at the top of the trees that begin with two blocks: t = 1/8, 5/8 to 1/16, 9/16 and 5/16, 13/16. */
import { mulIm, mulRe } from './complex';
import { tick } from './memory';

const COS_PI_8: f64 = 0.9238795325112867;
const SIN_PI_8: f64 = 0.3826834323650898;
const COLUMNS: i32 = 16384;

/** Splits a block of 2 * row slots into two. */
export function splitHalves(data: usize, row: i32): void {
  const distance = (row as usize) << 5;
  const wr = f64x2(COS_PI_8, -SIN_PI_8);
  const wi = f64x2(SIN_PI_8, COS_PI_8);
  for (let from = 0; from < row; from += COLUMNS) {
    const columns = min(COLUMNS, row - from);
    const end = data + ((columns as usize) << 5);
    for (; data < end; data += 32) {
      const ar = v128.load(data + distance);
      const ai = v128.load(data + distance, 16);
      const br = mulRe(ar, ai, wr, wi);
      const bi = mulIm(ar, ai, wr, wi);
      const r = v128.load(data);
      const i = v128.load(data, 16);
      v128.store(data, f64x2.add(r, br));
      v128.store(data, f64x2.add(i, bi), 16);
      v128.store(data + distance, f64x2.sub(r, br));
      v128.store(data + distance, f64x2.sub(i, bi), 16);
    }
    tick(columns << 1);
  }
}

/** The way back, times 2. */
export function joinHalves(data: usize, row: i32): void {
  const distance = (row as usize) << 5;
  const wr = f64x2(COS_PI_8, -SIN_PI_8);
  const wi = f64x2(-SIN_PI_8, -COS_PI_8);
  for (let from = 0; from < row; from += COLUMNS) {
    const columns = min(COLUMNS, row - from);
    const end = data + ((columns as usize) << 5);
    for (; data < end; data += 32) {
      const ar = v128.load(data);
      const ai = v128.load(data, 16);
      const br = v128.load(data + distance);
      const bi = v128.load(data + distance, 16);
      const dr = f64x2.sub(ar, br);
      const di = f64x2.sub(ai, bi);
      v128.store(data, f64x2.add(ar, br));
      v128.store(data, f64x2.add(ai, bi), 16);
      v128.store(data + distance, mulRe(dr, di, wr, wi));
      v128.store(data + distance, mulIm(dr, di, wr, wi), 16);
    }
    tick(columns << 1);
  }
}
