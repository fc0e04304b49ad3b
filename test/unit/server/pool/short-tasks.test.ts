import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NumStoreError } from '../../../../server/domain/errors.ts';
import { openPool, type Pool, type PoolOptions } from '../../../../server/pool/pool.ts';
import { siblingModule } from '../../../../thread/start.ts';
import { factorialHex } from '../../../support/fact-exact.ts';
import { patientCaller } from '../../../support/stack.ts';
import { until } from '../../../support/until.ts';

const { signal } = patientCaller();
const heldWorker = siblingModule('../../../support/workers/held', import.meta.url);
const faultyWorker = siblingModule('../../../support/workers/faulty', import.meta.url);

/** Takes seconds of the engine. */
const endless = 20_000_000;

/** A pool whose workers all compute large factorials, while `use` runs. */
async function besideLarge(
  options: Partial<PoolOptions>,
  large: readonly number[],
  use: (pool: Pool, ended: () => number) => Promise<void>,
): Promise<void> {
  const pool = await openPool({ queueLimit: 8, ...options });
  const over = new AbortController();
  let ended = 0;
  const tasks = large.map((n) =>
    pool.run({ n }, over.signal).then(
      () => {
        ended += 1;
      },
      () => undefined,
    ),
  );
  try {
    await use(pool, () => ended);
  } finally {
    over.abort();
    await Promise.all(tasks);
    await pool.close();
  }
}

test('short tasks: while all workers compute large ones and more of them wait, each is computed at once, and right', () =>
  besideLarge({ workers: 2 }, [endless, endless + 1, endless + 2], async (pool, ended) => {
    const short = [0, 1, 20, 1000, 1001, 10_000, 30_000];
    const results = await Promise.all(short.map((n) => pool.run({ n }, signal)));
    assert.equal(ended(), 0, 'no large one had to end for it');
    for (const [index, { bytes, waitMs, runMs }] of results.entries()) {
      assert.equal(Buffer.from(bytes).toString('hex'), factorialHex(short[index] ?? 0));
      assert.ok(waitMs >= 0 && runMs >= 0);
    }
    assert.deepEqual([pool.stats().run.count, pool.stats().wait.count], [short.length, short.length + 2]);
    assert.deepEqual([pool.stats().running, pool.stats().queued], [2, 1]);
  }));

test('short tasks: a worker whose engine failed computes them as well, between the multiplications of BigInt', () =>
  besideLarge({ workers: 1, workerFile: faultyWorker }, [3_000_000], async (pool, ended) => {
    for (const n of [5, 2000]) {
      const { bytes } = await pool.run({ n }, signal);
      assert.equal(Buffer.from(bytes).toString('hex'), factorialHex(n));
    }
    assert.equal(ended(), 0);
    assert.equal(pool.stats().fallbacks, 1, 'of 2000; 5 is in the table');
  }));

test('short tasks: they run on idle workers that concurrency and memory keep from large ones', () =>
  besideLarge(
    { workers: 3, concurrency: 1, computeMemoryBytes: 1, workerFile: heldWorker },
    [endless, endless + 1],
    async (pool) => {
      const short = [5, 6].map((n) => assert.rejects(pool.run({ n }, signal)));
      assert.deepEqual([pool.stats().running, pool.stats().queued], [3, 1]);
      await pool.close();
      await Promise.all(short);
    },
  ));

test('short tasks: a queue that is full of large ones refuses none of them, and one that is full of them does', () =>
  besideLarge(
    { workers: 1, queueLimit: 2, workerFile: heldWorker },
    [endless, endless + 1, endless + 2],
    async (pool) => {
      assert.equal(pool.refusal(endless)?.code, 'QUEUE_FULL');
      const short = [5, 6].map((n) => assert.rejects(pool.run({ n }, signal)));
      assert.deepEqual([pool.refusal(7)?.code, pool.stats().queued], ['QUEUE_FULL', 4]);
      await pool.close();
      await Promise.all(short);
    },
  ));

test('short tasks: one that is cancelled while it is on offer is gone', () =>
  besideLarge({ workers: 1, workerFile: heldWorker }, [endless], async (pool) => {
    const impatient = new AbortController();
    const task = pool.run({ n: 5 }, impatient.signal);
    impatient.abort();
    await assert.rejects(task, (error) => error instanceof NumStoreError && error.code === 'CANCELLED');
    assert.equal(pool.stats().queued, 0);
  }));

test('short tasks: a large one that is cancelled stops though short ones come without end', () =>
  besideLarge({ workers: 1 }, [], async (pool) => {
    let isOver = false;
    const flood = Array.from({ length: 4 }, async (_, lane) => {
      for (let n = 0; !isOver; n++) await pool.run({ n: 20_000 + 4 * (n % 1000) + lane }, signal);
    });
    const impatient = new AbortController();
    const large = pool.run({ n: endless }, impatient.signal);
    await until(
      () => pool.workers().some((state) => state.kind === 'computing' && state.n === endless),
      'it',
    );
    impatient.abort();
    await assert.rejects(large);
    const { bytes } = await pool.run({ n: 50_000 }, signal);
    assert.ok(bytes.length > 0, 'a large one comes to run beside the flood, too');
    isOver = true;
    await Promise.all(flood);
    assert.equal(pool.stats().workersLost, 0);
  }));
