import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setEnvironmentData } from 'node:worker_threads';
import { NumStoreError } from '../../server/domain/errors.ts';
import { openPool, type Pool } from '../../server/pool/pool.ts';
import { siblingModule } from '../../thread/start.ts';
import { count } from '../support/scale.ts';
import { patientCaller } from '../support/stack.ts';
import { until } from '../support/until.ts';

const mortalWorker = siblingModule('../support/workers/mortal', import.meta.url);

/** What the number of a task does to its worker, see workers/mortal.ts. */
const deadly = [
  { n: 1, how: 'throws' },
  { n: 2, how: 'exits' },
  { n: 3, how: 'runs out of memory' },
] as const;

async function withMortals(use: (pool: Pool, lost: readonly Error[]) => Promise<void>): Promise<void> {
  const lost: Error[] = [];
  setEnvironmentData('mortal tries', new SharedArrayBuffer(65_536));
  const pool = await openPool({
    queueLimit: 256,
    workerFile: mortalWorker,
    heapMbMax: 24,
    onWorkerLost: (cause) => lost.push(cause),
  });
  try {
    await use(pool, lost);
    await until(() => pool.stats().ready === 4, 'a pool of four again');
    assert.equal((await pool.run({ n: 4 }, patientCaller().signal)).bytes[0], 4);
  } finally {
    await pool.close();
  }
  assert.equal(pool.stats().ready, 0);
}

for (const { n, how } of deadly) {
  test(`pool: a task whose worker ${how} twice is answered WORKER_LOST, and the pool is back at four`, () =>
    withMortals(async (pool, lost) => {
      await assert.rejects(pool.run({ n: n }, patientCaller().signal), (error: unknown) => {
        return error instanceof NumStoreError && error.code === 'WORKER_LOST' && error.cause === lost[1];
      });
      assert.equal(lost.length, 2);
      assert.equal(pool.stats().workersLost, 2);
    }));

  test(`pool: a task whose worker ${how} once is answered by another worker`, () =>
    withMortals(async (pool, lost) => {
      const survived = 10 + n;
      assert.equal((await pool.run({ n: survived }, patientCaller().signal)).bytes[0], survived);
      assert.equal(lost.length, 1);
    }));
}

for (const { n, how } of deadly) {
  test(`pool: a cancelled task whose worker ${how} is not computed again`, () =>
    withMortals(async (pool, lost) => {
      const impatient = new AbortController();
      const task = pool.run({ n }, impatient.signal);
      impatient.abort();
      await assert.rejects(task, (error: unknown) => {
        return error instanceof NumStoreError && error.code === 'CANCELLED';
      });
      const isOver = (): boolean => pool.stats().running + pool.stats().queued === 0;
      await until(() => isOver() && pool.stats().ready === 4, 'the worker to be replaced');
      assert.ok(lost.length <= 1, 'one worker died, or was replaced before that');
    }));
}

const kills = count(12, 200);

test(`pool: ${kills} deaths under load lose no answer and leave nothing hanging`, () =>
  withMortals(async (pool, lost) => {
    const answers = Array.from({ length: kills }, async (_, index) => {
      const n = 10 * (index + 1) + 1 + (index % 2);
      const { bytes } = await pool.run({ n: n }, patientCaller().signal);
      assert.equal(bytes[0], n % 256);
    });
    await Promise.all(answers);
    assert.equal(lost.length, kills);
  }));

test('pool: a worker file that cannot start fails the opening, with its error', async () => {
  const missing = siblingModule('../support/workers/missing', import.meta.url);
  await assert.rejects(openPool({ queueLimit: 1, workerFile: missing }), /missing/);
});
