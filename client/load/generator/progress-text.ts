import type { GeneratorPlan } from './plan.ts';

/**
 * What the progress line says: the rate since it was last asked, the failures, and the time or the calls left.
 *
 * @param progress element 0 counts the calls that have ended, element 1 those that failed
 */
export function createProgressText(
  plan: Pick<GeneratorPlan, 'durationMs' | 'warmupMs' | 'requests' | 'threads'>,
  progress: Int32Array,
  nowMs: () => number,
): () => string {
  const startMs = nowMs();
  let before = { atMs: startMs, ended: 0 };
  return () => {
    const [atMs, ended, failed] = [nowMs(), Atomics.load(progress, 0), Atomics.load(progress, 1)];
    if (ended === 0 && failed === 0) return 'connecting';
    const rate = ((ended - before.ended) * 1000) / Math.max(1, atMs - before.atMs);
    before = { atMs, ended };
    return `${rate.toFixed(0)} calls per second, ${failed} failed, ${describeLeft(plan, atMs - startMs, ended)}`;
  };
}

function describeLeft(
  {
    durationMs,
    warmupMs,
    requests,
    threads,
  }: Pick<GeneratorPlan, 'durationMs' | 'warmupMs' | 'requests' | 'threads'>,
  elapsedMs: number,
  ended: number,
): string {
  if (durationMs !== null) {
    const leftMs = Math.max(0, warmupMs + durationMs - elapsedMs);
    const phase = elapsedMs < warmupMs ? ' (warming up)' : '';
    return `${Math.ceil(leftMs / 1000)} s left${phase}`;
  }
  return `${ended} of ${(requests ?? 0) * threads} calls`;
}
