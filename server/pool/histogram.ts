import { createHistogram } from 'node:perf_hooks';

/** A summary of durations in milliseconds; zeros while there are none. */
export interface Times {
  readonly count: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const usPerMs = 1000;

/** Durations, recorded in microseconds in constant memory. */
export function createTimes(): { record(ms: number): void; summary(): Times } {
  const histogram = createHistogram();
  return {
    // A histogram refuses zero.
    record: (ms) => histogram.record(Math.max(1, Math.round(ms * usPerMs))),
    summary: () =>
      histogram.count === 0
        ? { count: 0, meanMs: 0, p50Ms: 0, p99Ms: 0 }
        : {
            count: histogram.count,
            meanMs: histogram.mean / usPerMs,
            p50Ms: histogram.percentile(50) / usPerMs,
            p99Ms: histogram.percentile(99) / usPerMs,
          },
  };
}
