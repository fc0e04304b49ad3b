import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NumStoreError } from '../../../../server/domain/errors.ts';
import { memoryEstimate } from '../../../../server/factorial/engine.ts';
import { freeBytes } from '../../../../server/factorial/free.ts';
import { openPool, type PoolOptions } from '../../../../server/pool/pool.ts';
import { siblingModule } from '../../../../thread/start.ts';
import { sha256 } from '../../../support/fact-exact.ts';
import { patientCaller } from '../../../support/stack.ts';
import { until } from '../../../support/until.ts';

const { signal } = patientCaller();

const hasCode = (code: string) => (error: unknown) => error instanceof NumStoreError && error.code === code;

/** How many of four tasks run at once, with workers that hold what they have. */
async function runningOfFour(n: number, options: Partial<PoolOptions>): Promise<number> {
  const workerFile = siblingModule('../../../support/workers/held', import.meta.url);
  const pool = await openPool({ queueLimit: 10, workerFile, ...options });
  const tasks = [n, n + 1, n + 2, n + 3].map((each) => pool.run({ n: each }, signal));
  const { running, queued } = pool.stats();
  assert.equal(running + queued, 4);
  const ended = tasks.map((task) => assert.rejects(task));
  await pool.close();
  await Promise.all(ended);
  return running;
}

test('pool: as many tasks run at once as threads, the quota and the memory allow, and one in any case', async () => {
  assert.equal(await runningOfFour(1_000_000, {}), 4);
  assert.equal(await runningOfFour(1_000_000, { concurrency: 2 }), 2);
  const oneMillion = memoryEstimate(1_000_010);
  assert.equal(await runningOfFour(1_000_000, { computeMemoryBytes: 3 * oneMillion }), 3);
  assert.equal(await runningOfFour(1_000_000, { computeMemoryBytes: 1 }), 1);
});

test('pool: a task that waits for memory runs when there is some', async () => {
  const pool = await openPool({ queueLimit: 10, computeMemoryBytes: 1 });
  const results = await Promise.all([50_000, 50_001, 50_002].map((n) => pool.run({ n }, signal)));
  assert.equal(results.length, 3);
  assert.equal(pool.stats().run.count, 3);
  await pool.close();
});

test('pool: a result comes with its SHA-256 and with where its time went', async () => {
  const pool = await openPool({ queueLimit: 10 });
  const { bytes, sha256: hash, waitMs, runMs } = await pool.run({ n: 50_000 }, signal);
  assert.deepEqual(Buffer.from(hash), sha256(bytes));
  assert.ok(waitMs >= 0 && runMs > 0);
  assert.deepEqual([pool.stats().run.count, pool.stats().wait.count], [1, 1]);
  await pool.close();
});

test('pool: a base that was freed is no base, and the factorial is computed from nothing', async () => {
  const pool = await openPool({ queueLimit: 1, workers: 1 });
  const base = { n: 50_000, bytes: (await pool.run({ n: 50_000 }, signal)).bytes };
  freeBytes(base.bytes);
  const expected = (await pool.run({ n: 50_010 }, signal)).sha256;
  assert.deepEqual((await pool.run({ n: 50_010, base }, signal)).sha256, expected);
  await pool.close();
});

test('pool: a known smaller factorial is multiplied on from', async () => {
  const pool = await openPool({ queueLimit: 10 });
  const base = { n: 10_000, bytes: (await pool.run({ n: 10_000 }, signal)).bytes };
  const onwards = await pool.run({ n: 10_010, base }, signal);
  const fresh = await pool.run({ n: 10_010 }, signal);
  assert.deepEqual(onwards.bytes, fresh.bytes);
  await pool.close();
});

test('pool: a task that is stopped again and again leaves the worker fit for the next', async () => {
  const pool = await openPool({ queueLimit: 10, workers: 1 });
  for (let round = 0; round < 20; round++) {
    const impatient = new AbortController();
    const task = pool.run({ n: 3_000_000 + round }, impatient.signal);
    await until(() => pool.stats().running === 1, 'the task');
    impatient.abort();
    await assert.rejects(task);
    // At once the next: what stops one task must not stop another.
    assert.equal((await pool.run({ n: 5 }, signal)).bytes[0], 120);
  }
  assert.deepEqual([pool.stats().workersLost, pool.stats().ready], [0, 1]);
  await pool.close();
});

test('pool: its workers tell what they compute, and since when', async () => {
  const workerFile = siblingModule('../../../support/workers/held', import.meta.url);
  const pool = await openPool({ queueLimit: 10, workers: 2, workerFile });
  assert.deepEqual(pool.workers(), [{ kind: 'idle' }, { kind: 'idle' }]);
  const abandoned = new AbortController();
  const tasks = [pool.run({ n: 7 }, abandoned.signal), pool.run({ n: 8 }, signal)];
  const ended = tasks.map((task) => assert.rejects(task));
  abandoned.abort();
  const [first, second] = pool.workers();
  assert.ok(first?.kind === 'stopping' && second?.kind === 'computing');
  assert.deepEqual([first.n, second.n], [7, 8]);
  assert.ok(second.forMs >= 0);
  await pool.close();
  await Promise.all(ended);
  assert.deepEqual(pool.workers(), [{ kind: 'starting' }, { kind: 'starting' }]);
});

test('pool: tasks counted apart change neither its times nor its forecast, and its observer does not hear of them', async () => {
  const heard: number[] = [];
  const pool = await openPool({ queueLimit: 10, onDone: ({ n }) => heard.push(n) });
  const before = pool.stats();
  const heardApart: number[] = [];
  const apart = pool.apart({ queueLimit: 10, onDone: ({ n }) => heardApart.push(n) });
  await Promise.all([20_000, 5, 6, 7, 8].map((n) => apart.run({ n }, signal)));
  assert.deepEqual(pool.stats(), before);
  assert.deepEqual([apart.stats().run.count, apart.stats().wait.count], [5, 5]);
  assert.deepEqual(heard, []);
  assert.deepEqual(heardApart.sort(), [20_000, 5, 6, 7, 8].sort());
  await pool.run({ n: 9 }, signal);
  assert.deepEqual([pool.stats().run.count, apart.stats().run.count, heard], [1, 5, [9]]);
  await pool.close();
});

test('pool: tasks counted apart wait in the queue of all, under a limit of their own', async () => {
  const workerFile = siblingModule('../../../support/workers/held', import.meta.url);
  const pool = await openPool({ queueLimit: 1, workers: 1, workerFile });
  const apart = pool.apart({ queueLimit: 3 });
  const tasks = [apart.run({ n: 1 }, signal), ...[2, 3, 4].map((n) => apart.run({ n }, signal))];
  await assert.rejects(apart.run({ n: 5 }, signal), hasCode('QUEUE_FULL'));
  assert.deepEqual([pool.stats().running, pool.stats().queued], [1, 3]);
  const ended = tasks.map((task) => assert.rejects(task, hasCode('STOPPING')));
  await pool.close();
  await Promise.all(ended);
});

test('pool: a failed engine counts, and is told, where its task counts', async () => {
  const told: string[] = [];
  const pool = await openPool({
    queueLimit: 10,
    workerFile: siblingModule('../../../support/workers/faulty', import.meta.url),
    onFallback: (n) => told.push(`pool ${n}`),
  });
  const apart = pool.apart({ queueLimit: 10, onFallback: (n) => told.push(`apart ${n}`) });
  await apart.run({ n: 20_000 }, signal);
  assert.deepEqual([pool.stats().fallbacks, apart.stats().fallbacks, told], [0, 1, ['apart 20000']]);
  await pool.close();
});
