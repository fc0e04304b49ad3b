/** How many samples lie in [fromMs, toMs). */
export interface Bucket {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

/**
 * Round edges, about equally far apart on a logarithmic scale: response times differ by factors, and the tail is
 * what one wants to see.
 */
const mantissas = [1, 1.5, 2, 3, 5, 7] as const;
const exponentMin = -3;
const exponentMax = 6;

const edgesMs: readonly number[] = [0, ...listEdges(), Number.POSITIVE_INFINITY];

function listEdges(): readonly number[] {
  const exponents = Array.from({ length: exponentMax - exponentMin + 1 }, (_, index) => exponentMin + index);
  // written as decimals and read back, so that an edge is the double nearest to what is printed
  return exponents.flatMap((exponent) => mantissas.map((mantissa) => Number(`${mantissa}e${exponent}`)));
}

/**
 * Counts durations per bucket, from the first bucket that has any to the last, empty ones between them included.
 *
 * @param counted non-negative milliseconds, ascending, and how many there are of each
 */
export function countBuckets(counted: Iterable<readonly [ms: number, count: number]>): readonly Bucket[] {
  const buckets: { fromMs: number; toMs: number; count: number }[] = [];
  let edge = 0;
  for (const [ms, count] of counted) {
    while (ms >= (edgesMs[edge + 1] ?? Number.POSITIVE_INFINITY)) {
      edge++;
      if (buckets.length > 0) buckets.push(bucketAt(edge));
    }
    if (buckets.length === 0) buckets.push(bucketAt(edge));
    const last = buckets.at(-1);
    if (last !== undefined) last.count += count;
  }
  return buckets;
}

function bucketAt(edge: number): { fromMs: number; toMs: number; count: number } {
  const [fromMs = 0, toMs = Number.POSITIVE_INFINITY] = edgesMs.slice(edge, edge + 2);
  return { fromMs, toMs, count: 0 };
}
