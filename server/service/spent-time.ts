import { performance } from 'node:perf_hooks';
import type { CacheUse, Caller } from '../domain/caller.ts';
import type { Completed } from './in-flight.ts';

/** Writes down what the store took beyond the wait for its lock, which it writes down itself. */
export function addStoreTime<T>({ timing }: Caller, work: Promise<T>): Promise<T> {
  if (timing === undefined) return work;
  const startedAt = performance.now();
  return work.finally(() => {
    timing.storeMs += Math.max(0, performance.now() - startedAt - timing.lockMs);
  });
}

/** Writes down what a caller waited for a computation that it started or joined. */
export function addComputeTime(
  { timing }: Caller,
  use: CacheUse,
  { computed }: Completed,
  elapsedMs: number,
): void {
  if (timing === undefined) return;
  const queueMs = use === 'miss' ? computed.waitMs : 0;
  timing.queueMs += queueMs;
  // The way to the thread and back counts: on a busy machine a worker of low priority waits for a core. Where this thread
  // lost its core between the queue and here, its wait is longer than what it saw of the computation.
  timing.computeMs += Math.max(0, elapsedMs - queueMs);
}
