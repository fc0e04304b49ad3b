import { createHash } from 'node:crypto';
import { createEngine } from '../../server/factorial/engine.ts';
import { createTimes } from '../../server/pool/histogram.ts';
import type { ClosablePool } from '../service-parts.ts';

/** The mistake of the main thread: a pool without threads, which computes in the thread that serves all calls. */
export function createMainThreadPool(): ClosablePool {
  const engine = createEngine();
  engine.warm();
  const run = createTimes();
  const wait = createTimes();
  return {
    async run({ n, base }) {
      const startedAt = performance.now();
      const bytes = engine.factorial(n, { from: base });
      const sha256 = createHash('sha256').update(bytes).digest();
      const runMs = performance.now() - startedAt;
      run.record(runMs);
      return { bytes, sha256, waitMs: 0, runMs };
    },
    refusal: () => undefined,
    stats: () => ({
      ready: 0,
      running: 0,
      queued: 0,
      workersLost: 0,
      fallbacks: engine.counters.fallbacks,
      wait: wait.summary(),
      run: run.summary(),
    }),
    close: async () => engine.close(),
  };
}
