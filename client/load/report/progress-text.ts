import { progressAt, type RunProgress } from '../run/progress.ts';

/** How long a run lasts: for a time, or for a number of calls of each thread. */
export interface RunLength {
  readonly durationMs: number | null;
  readonly warmupMs: number;
  readonly requests: number | null;
  readonly threads: number;
}

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
