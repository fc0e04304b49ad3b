/** Two complex products at once: real and imaginary parts lie in separate vectors, one number per lane. */

/** Real part of a * w. */
export function mulRe(ar: v128, ai: v128, wr: v128, wi: v128): v128 {
  return f64x2.sub(f64x2.mul(ar, wr), f64x2.mul(ai, wi));
}

/** Imaginary part of a * w. */
export function mulIm(ar: v128, ai: v128, wr: v128, wi: v128): v128 {
  return f64x2.add(f64x2.mul(ar, wi), f64x2.mul(ai, wr));
}
