import { LogHistogram } from './log-histogram.ts';

/** How far back "recent" goes. */
const windowSeconds = 10;

const usPerMs = 1000;

/** Durations of the last ten seconds, in milliseconds, none longer than an hour; percentiles are zero while there are none. */
export interface RecentTimes {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Durations of the last seconds, in constant memory. Times are those of `performance.now`. */
export interface Recent {
  /** @param at when it ended, not before what was recorded last */
  record(ms: number, at: number): void;
  summary(now: number): RecentTimes;
}

/** Nothing is recorded yet. */
export function createRecent(openedAt: number): Recent {
  /** The histogram of each second, at the place of its remainder. */
  const seconds = Array.from({ length: windowSeconds }, () => ({
    second: -1,
    histogram: new LogHistogram(),
  }));
  let current = { second: -1, histogram: new LogHistogram() };

  const turnTo = (second: number): void => {
    const next = seconds[second % windowSeconds];
    if (next === undefined) return;
    next.second = second;
    next.histogram.reset();
    current = next;
  };
  return {
    record(ms, at) {
      const second = Math.floor(at / 1000);
      if (second > current.second) turnTo(second);
      current.histogram.record(ms * usPerMs);
    },
    summary(now) {
      const oldest = Math.floor(now / 1000) - windowSeconds + 1;
      const all = new LogHistogram();
      for (const { second, histogram } of seconds) if (second >= oldest) all.add(histogram);
      if (all.count === 0) return { perSecond: 0, p50Ms: 0, p99Ms: 0 };
      // The current second has only begun, and the server may have, too.
      const spanMs = Math.min(now - oldest * 1000, now - openedAt);
      return {
        perSecond: all.count / Math.max(spanMs / 1000, 1),
        p50Ms: all.percentile(50) / usPerMs,
        p99Ms: all.percentile(99) / usPerMs,
      };
    },
  };
}
