/**
 * Counts of durations in ranges whose width grows with the duration, as HdrHistogram (Gil Tene) does it: the relative
 * error of a range is at most 2^(1 - bits), whatever its size. Plain data, so that threads can send it; histograms of
 * equal bits are added, and percentiles are taken from the sum.
 */
export interface LogHistogram {
  /** significant bits of each count's range */
  readonly bits: number;
  readonly counts: Uint32Array;
  count: number;
  minMs: number;
  maxMs: number;
  sumMs: number;
}

/** Significant bits of the figures that are printed: an error of at most 0.1 %. */
export const fineBits = 11;
/** ... and where many histograms are kept: at most 1.6 %. */
export const coarseBits = 7;

const unitsPerMs = 1_000_000; // nanoseconds: what the clock can tell apart
/** Durations beyond 2^46 ns, 19 hours, count as that. */
const exponentMax = 46;
const unitsMax = 2 ** exponentMax - 1;

export function createHistogram(bits: number): LogHistogram {
  const half = 2 ** (bits - 1);
  const counts = new Uint32Array((exponentMax - bits + 2) * half);
  return { bits, counts, count: 0, minMs: Number.POSITIVE_INFINITY, maxMs: 0, sumMs: 0 };
}

/** Counts a duration, or several equal ones; a negative one, which only a broken clock gives, as 0. */
export function recordMs(histogram: LogHistogram, ms: number, times = 1): void {
  const { bits, counts } = histogram;
  const index = indexOf(ms, bits);
  counts[index] = (counts[index] ?? 0) + times;
  histogram.count += times;
  histogram.sumMs += ms * times;
  if (ms < histogram.minMs) histogram.minMs = ms;
  if (ms > histogram.maxMs) histogram.maxMs = ms;
}

/** Adds the counts of `from`, which has the same bits, to `into`. */
export function addHistogram(into: LogHistogram, from: LogHistogram): void {
  if (into.bits !== from.bits) throw new TypeError(`Expected ${into.bits} bits, got ${from.bits}`);
  for (let index = 0; index < from.counts.length; index++) {
    into.counts[index] = (into.counts[index] ?? 0) + (from.counts[index] ?? 0);
  }
  into.count += from.count;
  into.sumMs += from.sumMs;
  into.minMs = Math.min(into.minMs, from.minMs);
  into.maxMs = Math.max(into.maxMs, from.maxMs);
}

/** The sum of histograms of `bits`. */
export function sumHistograms(bits: number, parts: readonly LogHistogram[]): LogHistogram {
  const sum = createHistogram(bits);
  for (const part of parts) addHistogram(sum, part);
  return sum;
}

/** A range that has samples: from (inclusive) and to (exclusive), in milliseconds. */
export interface CountedRange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

/** The ranges that have samples, ascending. */
export function* countedRanges({ bits, counts }: LogHistogram): Generator<CountedRange> {
  for (let index = 0; index < counts.length; index++) {
    const count = counts[index] ?? 0;
    if (count > 0) yield { ...rangeOf(index, bits), count };
  }
}

/** How many durations lie from `fromMs`, inclusive, to `toMs`, exclusive. */
export type Range = readonly [fromMs: number, toMs: number, count: number];

/** The same as plain rows. */
export function listRanges(histogram: LogHistogram): readonly Range[] {
  return Array.from(countedRanges(histogram), ({ fromMs, toMs, count }) => [fromMs, toMs, count]);
}

/** The sample of rank `rank` (from 0) within a range, as if its samples lay evenly in it. */
export function valueInRange([fromMs, toMs, count]: Range, rank: number): number {
  return fromMs + ((rank + 0.5) / count) * (toMs - fromMs);
}

/** The sample of rank `rank` (from 0). */
export function valueAtRank({ bits, counts, minMs, maxMs }: LogHistogram, rank: number): number {
  let below = 0;
  for (let index = 0; index < counts.length; index++) {
    const count = counts[index] ?? 0;
    if (rank < below + count) {
      const { fromMs, toMs } = rangeOf(index, bits);
      const inside = valueInRange([fromMs, toMs, count], rank - below);
      return Math.min(Math.max(inside, minMs), maxMs);
    }
    below += count;
  }
  return maxMs;
}

/** Durations below this many nanoseconds, two seconds, are filed by arithmetic of 32 bits, which is several times quicker. */
const smallUnits = 2 ** 31;

function indexOf(ms: number, bits: number): number {
  const rounded = Math.round(ms * unitsPerMs);
  if (rounded >= 0 && rounded < smallUnits) {
    const shift = Math.max(0, 32 - Math.clz32(rounded) - bits);
    return (shift << (bits - 1)) + (rounded >>> shift);
  }
  const units = Math.min(Math.max(rounded, 0), unitsMax);
  const exponent = units < 2 ** 32 ? 31 - Math.clz32(units) : 63 - Math.clz32(units / 2 ** 32);
  const shift = Math.max(0, exponent - bits + 1);
  return shift * 2 ** (bits - 1) + Math.floor(units / 2 ** shift);
}

function rangeOf(index: number, bits: number): { readonly fromMs: number; readonly toMs: number } {
  const half = 2 ** (bits - 1);
  const shift = Math.max(0, Math.floor(index / half) - 1);
  const from = (index - shift * half) * 2 ** shift;
  return { fromMs: from / unitsPerMs, toMs: (from + 2 ** shift) / unitsPerMs };
}
