import type { Random } from '../../stats/random.ts';
import type { KeyDistribution } from './plan.ts';

/** The exponent of YCSB (Cooper et al., "Benchmarking Cloud Serving Systems with YCSB", 2010): few keys, most calls. */
const exponent = 0.99;
/** As fine as one draw can be. */
const resolution = 2 ** 32;

/** Draws the index of a key, 0 .. count - 1; with zipf, small ones come most often. */
export function createKeyPicker(distribution: KeyDistribution, count: number, random: Random): () => number {
  if (distribution === 'uniform') return () => random.below(count);
  const cumulated = cumulate(count);
  const all = cumulated.at(-1) ?? 0;
  return () => firstAbove(cumulated, (random.below(resolution) / resolution) * all);
}

/** The sums of the weights up to each key: exact, and at most a million keys fit easily. */
function cumulate(count: number): Float64Array {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let index = 0; index < count; index++) {
    sum += (index + 1) ** -exponent;
    sums[index] = sum;
  }
  return sums;
}

/** The first index whose sum is above `target`, by bisection. */
function firstAbove(sums: Float64Array, target: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sums[middle] ?? 0) > target) high = middle;
    else low = middle + 1;
  }
  return low;
}
