import { type Range, valueInRange } from '../stats/log-histogram.ts';
import type { Random } from '../stats/random.ts';
import type { ComparedRun } from './run-file.ts';

/** What a run is compared by. */
export interface Figures {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly meanMs: number;
  readonly perSecond: number;
}

/** A run as its windows, each a count per range of all runs that are compared. */
export interface WindowedRun {
  /** [place of the range, count] of each window */
  readonly windows: readonly (readonly (readonly [place: number, count: number])[])[];
  readonly replies: readonly number[];
  readonly windowMs: number;
}

/** The ranges of several runs, ascending. */
export type Places = readonly Range[];

/** All ranges that occur, ascending; ranges of equal start are the same range. */
export function listPlaces(runs: readonly ComparedRun[]): Places {
  const byStart = new Map<number, Range>();
  for (const run of runs) {
    for (const { ranges } of run.windows) for (const range of ranges) byStart.set(range[0], range);
  }
  return [...byStart.values()].sort(([a], [b]) => a - b);
}

/** The windows of a run; the last is left out, for the run may have ended in the midst of it. */
export function toWindows(run: ComparedRun, places: Places): WindowedRun {
  const placeOf = new Map(places.map(([from], place) => [from, place]));
  // Of a run that has only one there is nothing else to go by.
  const whole = run.windows.length > 1 ? run.windows.slice(0, -1) : run.windows;
  return {
    windows: whole.map(({ ranges }) =>
      ranges.map(([from, , count]) => [placeOf.get(from) ?? 0, count] as const),
    ),
    replies: whole.map(({ replies }) => replies),
    windowMs: run.windowMs,
  };
}

/**
 * The figures of one resampled run: as many windows as there were, drawn in blocks of neighbours, with replacement and
 * round the end (the circular block bootstrap of Politis and Romano, 1992). Replies of one moment are like each other,
 * so that drawing single replies would make every interval too narrow.
 */
export function resample(run: WindowedRun, places: Places, random: Random): Figures {
  const length = run.windows.length;
  const block = blockLength(length);
  const drawn: number[] = [];
  while (drawn.length < length) {
    const start = random.below(length);
    for (let next = 0; next < block && drawn.length < length; next++) drawn.push((start + next) % length);
  }
  return figuresOf(run, places, drawn);
}

/** The usual rate of growth for blocks, n^(1/3): Hall, Horowitz and Jing, 1995. */
function blockLength(windows: number): number {
  return Math.max(1, Math.round(windows ** (1 / 3)));
}

/** The figures of a run as it was, by the same reckoning. */
export function observe(run: WindowedRun, places: Places): Figures {
  return figuresOf(run, places, [...run.windows.keys()]);
}

function figuresOf(run: WindowedRun, places: Places, indexes: readonly number[]): Figures {
  const counts = new Float64Array(places.length);
  let replies = 0;
  for (const index of indexes) {
    replies += run.replies[index] ?? 0;
    for (const [place, count] of run.windows[index] ?? []) counts[place] = (counts[place] ?? 0) + count;
  }
  const count = counts.reduce((sum, inPlace) => sum + inPlace, 0);
  const mean =
    places.reduce((sum, [from, to], place) => sum + ((from + to) / 2) * (counts[place] ?? 0), 0) / count;
  return {
    p50Ms: quantile(counts, places, count, 0.5),
    p99Ms: quantile(counts, places, count, 0.99),
    meanMs: mean,
    perSecond: (replies * 1000) / (indexes.length * run.windowMs),
  };
}

function quantile(counts: Float64Array, places: Places, count: number, p: number): number {
  const rank = (count - 1) * p;
  let below = 0;
  for (const [place, [from, to]] of places.entries()) {
    const inPlace = counts[place] ?? 0;
    if (rank < below + inPlace) return valueInRange([from, to, inPlace], rank - below);
    below += inPlace;
  }
  return places.at(-1)?.[1] ?? Number.NaN;
}
