import type { Range } from '../stats/log-histogram.ts';
import { createRandom } from '../stats/random.ts';
import { type Figures, listPlaces, observe, resample, toWindows } from './bootstrap.ts';
import type { ComparedRun } from './run-file.ts';

/** What can be said of a difference. */
export type Verdict = 'better' | 'worse' | 'no difference can be told' | 'too short to tell';

/** One figure of both runs. */
export interface Difference {
  readonly name: string;
  readonly unit: 'ms' | 'replies/s';
  readonly a: number;
  readonly b: number;
  /** b - a */
  readonly difference: number;
  /** the 95 % interval of the difference; null where the runs are too short for one */
  readonly interval: readonly [low: number, high: number] | null;
  /** of B, by the interval */
  readonly verdict: Verdict;
}

/** How two runs differ. */
export interface Comparison {
  readonly differences: readonly Difference[];
  /** the chance that a reply of B took longer than one of A, draws counted half (Mann and Whitney) */
  readonly longerShare: number;
  /** whole windows of each run, from which the intervals come */
  readonly windows: readonly [number, number];
}

const resamples = 2000;
/** Fewer windows tell nothing of how they vary. */
const windowsMin = 8;
/** Equal files give equal intervals. */
const seed = 1;

const compared: readonly (readonly [
  name: string,
  unit: Difference['unit'],
  pick: (figures: Figures) => number,
])[] = [
  ['p50', 'ms', ({ p50Ms }) => p50Ms],
  ['p99', 'ms', ({ p99Ms }) => p99Ms],
  ['mean', 'ms', ({ meanMs }) => meanMs],
  ['throughput', 'replies/s', ({ perSecond }) => perSecond],
];

/** Compares two runs; see `resample` for where the intervals come from. */
export function compareRuns(runA: ComparedRun, runB: ComparedRun): Comparison {
  const places = listPlaces([runA, runB]);
  const [a, b] = [toWindows(runA, places), toWindows(runB, places)];
  const [seenA, seenB] = [observe(a, places), observe(b, places)];
  const [toldA, toldB] = [reported(runA), reported(runB)];
  const random = createRandom(seed, 0);
  const isLong = Math.min(a.windows.length, b.windows.length) >= windowsMin;
  const drawn = Array.from({ length: isLong ? resamples : 0 }, () => {
    return [resample(a, places, random), resample(b, places, random)] as const;
  });
  return {
    differences: compared.map(([name, unit, pick]) => {
      // how far the difference strays from what the windows themselves come to, about that of the reports
      const centre = pick(toldB) - pick(toldA) - (pick(seenB) - pick(seenA));
      const spread = drawn.map(([drawnA, drawnB]) => pick(drawnB) - pick(drawnA) + centre);
      spread.sort((x, y) => x - y);
      return describe(name, unit, pick(toldA), pick(toldB), spread);
    }),
    longerShare: shareLonger(runA.ranges, runB.ranges),
    windows: [a.windows.length, b.windows.length],
  };
}

/** The figures as the report of the run tells them: windows are whole, and their ranges coarser. */
function reported({ p50Ms, p99Ms, meanMs, repliesPerSecond }: ComparedRun): Figures {
  return { p50Ms, p99Ms, meanMs, perSecond: repliesPerSecond };
}

function describe(
  name: string,
  unit: Difference['unit'],
  a: number,
  b: number,
  spread: readonly number[],
): Difference {
  const low = spread[Math.floor(spread.length * 0.025)];
  const high = spread[Math.ceil(spread.length * 0.975) - 1];
  const interval = low === undefined || high === undefined ? null : ([low, high] as const);
  return { name, unit, a, b, difference: b - a, interval, verdict: judge(interval, unit) };
}

function judge(interval: Difference['interval'], unit: Difference['unit']): Verdict {
  if (interval === null) return 'too short to tell';
  const [low, high] = interval;
  if (low <= 0 && high >= 0) return 'no difference can be told';
  return low > 0 === (unit === 'ms') ? 'worse' : 'better';
}

/** Over all pairs of a reply of A and one of B; within a range, and between ranges that overlap, a draw. */
function shareLonger(a: readonly Range[], b: readonly Range[]): number {
  let pairs = 0;
  let longer = 0;
  for (const [fromB, toB, countB] of b) {
    for (const [fromA, toA, countA] of a) {
      pairs += countA * countB;
      if (fromB >= toA) longer += countA * countB;
      else if (toB > fromA) longer += (countA * countB) / 2;
    }
  }
  return longer / pairs;
}
