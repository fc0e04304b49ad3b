import type { MethodActivity } from '../activity/activity.ts';
import { isOwnCall } from '../observer.ts';

/** Of the charts: five minutes of seconds. */
const pointsMax = 300;

/** How calls went, ten seconds back from `at`; a percentile is null where there were none. */
export interface HistoryPoint {
  /** milliseconds since the epoch */
  readonly at: number;
  /** calls of our own services per second */
  readonly perSecond: number;
  readonly setNum: Percentiles | null;
  readonly fact: Percentiles | null;
}

/** In milliseconds. */
interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/** The last minutes, one point a second, in constant memory. */
export interface History {
  add(methods: readonly MethodActivity[], at: number): HistoryPoint;
  points(): readonly HistoryPoint[];
}

export function createHistory(): History {
  const points: HistoryPoint[] = [];
  return {
    add(methods, at) {
      const own = methods.filter(isOwnCall);
      const point = {
        at,
        perSecond: own.reduce((sum, { recent }) => sum + recent.perSecond, 0),
        setNum: percentilesOf(methods, '/NumStore/SetNum'),
        fact: percentilesOf(methods, '/NumStore/Fact'),
      };
      points.push(point);
      if (points.length > pointsMax) points.shift();
      return point;
    },
    points: () => points,
  };
}

function percentilesOf(methods: readonly MethodActivity[], path: string): Percentiles | null {
  const recent = methods.find((method) => method.path === path)?.recent;
  return recent === undefined || recent.perSecond === 0 ? null : { p50: recent.p50Ms, p99: recent.p99Ms };
}
