/**
 * The p-quantile by linear interpolation between the samples around h = (N - 1) p: numpy's default, type 7 of
 * Hyndman and Fan, "Sample Quantiles in Statistical Packages" (1996).
 *
 * @param sorted at least one sample, ascending
 * @param p from 0 (the least) to 1 (the greatest)
 * @throws RangeError when there is no sample or p is outside 0 .. 1
 */
export function percentile(sorted: Float64Array, p: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`Expected p from 0 to 1, got ${p}`);
  if (sorted.length === 0) throw new RangeError('Expected at least one sample, got none');
  return interpolate((rank) => sorted[rank] ?? Number.NaN, (sorted.length - 1) * p);
}

/**
 * The value at `h`, a rank from 0 or between two: linear interpolation between their samples.
 *
 * @param at the sample of a rank
 */
export function interpolate(at: (rank: number) => number, h: number): number {
  const below = at(Math.floor(h));
  return below + (at(Math.ceil(h)) - below) * (h - Math.floor(h));
}

/** All samples of all parts, ascending. Percentiles are never averaged: they are taken from the raw samples. */
export function sortSamples(parts: readonly Float64Array[]): Float64Array {
  const merged = new Float64Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    merged.set(part, offset);
    offset += part.length;
  }
  return merged.sort();
}

/** part / whole, or null where there is no whole. */
export function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
