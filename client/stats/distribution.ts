import { quantileInterval } from './interval.ts';
import {
  coarseBits,
  countedRanges,
  createHistogram,
  fineBits,
  type LogHistogram,
  listRanges,
  type Range,
  recordMs,
  sumHistograms,
  valueAtRank,
} from './log-histogram.ts';
import { interpolate, percentile, sortSamples } from './percentile.ts';

/** One percentile, with how sure it is. */
export interface Percentile {
  /** 0 .. 1 */
  readonly p: number;
  readonly ms: number;
  /** the 95 % interval, by order statistics; an end is null where the samples are too few to give one */
  readonly lowMs: number;
  readonly highMs: number | null;
}

/** A distribution of durations, as a report shows it and `--json` writes it. */
export interface Distribution {
  /** how many samples everything here rests on */
  readonly count: number;
  /** whether the percentiles come from the samples themselves; else from a histogram, within 0.1 % */
  readonly isExact: boolean;
  readonly minMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly meanMs: number;
  readonly maxMs: number;
  readonly percentiles: readonly Percentile[];
  /** [from, to, count] of each range that has samples, milliseconds; `to` is exclusive */
  readonly ranges: readonly Range[];
}

/** Beyond so many samples percentiles come from histograms. */
export const exactSamplesMax = 100_000;

/** The percentiles that are told, those of HdrHistogram's curve among them. */
const told = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9995, 0.9999, 0.99999, 1] as const;

/** From all raw samples, exactly. */
export function describeSamples(parts: readonly Float64Array[]): Distribution | null {
  const sorted = sortSamples(parts);
  if (sorted.length === 0) return null;
  const histogram = createHistogram(coarseBits);
  for (const ms of sorted) recordMs(histogram, ms);
  const at = (rank: number): number => sorted[rank] ?? Number.NaN;
  return assemble(sorted.length, true, at, (p) => percentile(sorted, p), histogram);
}

/** From the histograms of all threads, of equal bits, added. */
export function describeHistograms(parts: readonly LogHistogram[]): Distribution | null {
  const sum = sumHistograms(parts[0]?.bits ?? fineBits, parts);
  if (sum.count === 0) return null;
  const at = (rank: number): number => valueAtRank(sum, rank);
  return assemble(sum.count, false, at, (p) => interpolate(at, (sum.count - 1) * p), sum);
}

/** The percentile of `p`, if it is one of those that are told. */
export function findPercentile(distribution: Distribution | null, p: number): Percentile | undefined {
  return distribution?.percentiles.find((percentile) => percentile.p === p);
}

function assemble(
  count: number,
  isExact: boolean,
  at: (rank: number) => number,
  quantile: (p: number) => number,
  histogram: LogHistogram,
): Distribution {
  return {
    count,
    isExact,
    minMs: at(0),
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    meanMs: histogram.sumMs / count,
    maxMs: at(count - 1),
    percentiles: told.filter((p) => isWorthTelling(p, count)).map((p) => locate(p, count, at, quantile(p))),
    ranges: listRanges(coarse(histogram)),
  };
}

/** A percentile with less than one sample above it is only the maximum under another name. */
function isWorthTelling(p: number, count: number): boolean {
  return p === 1 || p <= 0.99 || (1 - p) * count >= 1;
}

function locate(p: number, count: number, at: (rank: number) => number, ms: number): Percentile {
  if (p === 0 || p === 1) return { p, ms, lowMs: ms, highMs: ms };
  const { low, high } = quantileInterval(count, p);
  return { p, ms, lowMs: at(low), highMs: high === null ? null : at(high) };
}

/** A file of figures needs no more ranges than a chart can show. */
function coarse(histogram: LogHistogram): LogHistogram {
  if (histogram.bits === coarseBits) return histogram;
  const sum = createHistogram(coarseBits);
  for (const { fromMs, toMs, count } of countedRanges(histogram)) recordMs(sum, (fromMs + toMs) / 2, count);
  return sum;
}
