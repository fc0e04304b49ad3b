import type { LoadPlan } from './plan.ts';

/** What the threads of a run share while it lasts: costs them no message. */
export type RunProgress = Int32Array;

/** The elements of `RunProgress`. */
export const progressAt = {
  /** calls that have ended */
  ended: 0,
  /** those of them that failed */
  failed: 1,
  /** 1 when no more calls are to be sent */
  isStopped: 2,
} as const;

export function createProgress(): RunProgress {
  return new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT));
}

/** Whether the run is to end with the calls that are under way. */
export function isStopped(progress: RunProgress): boolean {
  return Atomics.load(progress, progressAt.isStopped) !== 0;
}

/** Ends the run with the calls that are under way. */
export function stopRun(progress: RunProgress): void {
  Atomics.store(progress, progressAt.isStopped, 1);
}

/** How long a run lasts: for a time, or for a number of calls of each thread. */
type RunLength = Pick<LoadPlan, 'durationMs' | 'warmupMs' | 'requests' | 'threads'>;

/** What the progress line says: the rate since it was last asked, the failures, and what is left. */
export function createProgressText(
  plan: RunLength,
  progress: RunProgress,
  nowMs: () => number,
): () => string {
  const startMs = nowMs();
  let before = { atMs: startMs, ended: 0 };
  return () => {
    const atMs = nowMs();
    const [ended, failed] = [progressAt.ended, progressAt.failed].map((at) => Atomics.load(progress, at));
    if (ended === undefined || failed === undefined || ended + failed === 0) return 'connecting';
    // the counter goes round after 2^32 calls
    const rate = (((ended - before.ended) >>> 0) * 1000) / Math.max(1, atMs - before.atMs);
    before = { atMs, ended };
    return `${rate.toFixed(0)} calls per second, ${failed} failed, ${describeLeft(plan, atMs - startMs, ended)}`;
  };
}

function describeLeft(
  { durationMs, warmupMs, requests, threads }: RunLength,
  elapsedMs: number,
  ended: number,
): string {
  if (durationMs !== null) {
    const leftMs = Math.max(0, warmupMs + durationMs - elapsedMs);
    const phase = elapsedMs < warmupMs ? ' (warming up)' : '';
    return `${Math.ceil(leftMs / 1000)} s left${phase}`;
  }
  const all = (requests ?? 0) * threads;
  const leftMs = ended === 0 ? 0 : (elapsedMs * Math.max(0, all - ended)) / ended;
  return `${ended} of ${all} calls, about ${Math.ceil(leftMs / 1000)} s left`;
}
