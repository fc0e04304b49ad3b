/** How long a worker computes on after its task was cancelled. */
import { performance } from 'node:perf_hooks';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { openPool, type Pool } from '../../server/pool/pool.ts';

const workers = 4;

/** One cancel: how long until a worker was free, and whether that took a new thread, as the old one was too slow. */
export interface Cancel {
  readonly freeMs: number;
  readonly replaced: boolean;
}

/** Starts n!, cancels it after `delayMs`, measures until its worker is free; `undefined` if it was computed before. */
async function cancelOnce(
  pool: Pool,
  n: number,
  others: number,
  delayMs: number,
): Promise<Cancel | undefined> {
  const controller = new AbortController();
  let outcome: 'computed' | 'cancelled' | undefined;
  const ended = pool.run({ n }, controller.signal).then(
    () => {
      outcome = 'computed';
    },
    () => {
      outcome = 'cancelled';
    },
  );
  await wait(delayMs);
  if (outcome === 'computed') return undefined;
  const cancelledAt = performance.now();
  controller.abort();
  let replaced = false;
  for (let stats = pool.stats(); stats.running > others; stats = pool.stats()) {
    replaced ||= stats.ready < workers;
    await turn();
  }
  const freeMs = performance.now() - cancelledAt;
  await ended;
  return { freeMs, replaced };
}

/**
 * So many cancels of n!, each at a random moment of its computation, while `others` workers
 * go on with the same factorial.
 */
export async function measureCancels(
  n: number,
  cancels: number,
  others: number,
  nice: number,
): Promise<Cancel[]> {
  const pool = await openPool({ workers, queueLimit: 8, nice });
  try {
    const { runMs } = await pool.run({ n }, new AbortController().signal);
    const samples: Cancel[] = [];
    const controller = new AbortController();
    const background = Array.from({ length: others }, async () => {
      // Until the pool closes.
      while (!controller.signal.aborted) await pool.run({ n }, controller.signal).catch(() => undefined);
    });
    for (let draws = 0; samples.length < cancels && draws < 2 * cancels; draws++) {
      const cancel = await cancelOnce(pool, n, others, Math.random() * runMs * 0.9);
      if (cancel !== undefined) samples.push(cancel);
    }
    controller.abort();
    await Promise.all(background);
    const { workersLost, fallbacks } = pool.stats();
    if (workersLost + fallbacks > 0) throw new Error('A worker was lost, or fell back to BigInt');
    return samples;
  } finally {
    await pool.close();
  }
}
