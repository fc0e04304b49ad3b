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
 * Counts samples per bucket, from the first bucket that has any to the last, empty ones between them included.
 *
 * @param sorted non-negative milliseconds, ascending
 */
export function countBuckets(sorted: Float64Array): readonly Bucket[] {
  const buckets: Bucket[] = [];
  let seen = 0;
  for (const [index, fromMs] of edgesMs.entries()) {
    const toMs = edgesMs[index + 1];
    if (toMs === undefined || seen === sorted.length) break;
    const start = seen;
    while (seen < sorted.length && Number(sorted[seen]) < toMs) seen++;
    if (seen > 0) buckets.push({ fromMs, toMs, count: seen - start });
  }
  return buckets;
}

/**
 * One line per bucket: its range, a bar, and its count. The longest bar is `widthMax` characters, and a bucket that
 * has a sample has at least one.
 */
export function drawHistogram(buckets: readonly Bucket[], widthMax = 40): readonly string[] {
  const labels = buckets.map(formatRange);
  const labelWidth = Math.max(0, ...labels.map((label) => label.length));
  const countMax = Math.max(0, ...buckets.map((bucket) => bucket.count));
  return buckets.map(({ count }, index) => {
    const bar = '#'.repeat(Math.ceil((count / countMax) * widthMax));
    return `${(labels[index] ?? '').padStart(labelWidth)} |${bar}${bar === '' ? '' : ' '}${count}`;
  });
}

function formatRange({ fromMs, toMs }: Bucket): string {
  return toMs === Number.POSITIVE_INFINITY ? `${fromMs} ms or more` : `${fromMs} - ${toMs} ms`;
}
