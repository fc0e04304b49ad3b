import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTiming } from '../../../../server/domain/caller.ts';
import { NumStoreError } from '../../../../server/domain/errors.ts';
import { parseKey } from '../../../../server/domain/key.ts';
import type { Tasks } from '../../../../server/pool/pool.ts';
import { createService } from '../../../../server/service/service.ts';
import { siblingModule } from '../../../../thread/start.ts';
import { openStack, patientCaller, type Stack } from '../../../support/stack.ts';
import { until } from '../../../support/until.ts';

const heldWorker = siblingModule('../../../support/workers/held', import.meta.url);

const hasCode = (code: string) => (error: unknown) => error instanceof NumStoreError && error.code === code;

const caller = patientCaller();

/** Lets all held workers of this process go. */
function release(): void {
  const channel = new BroadcastChannel('release');
  channel.postMessage('go');
  channel.close();
}

/** Sets each number under a key of its own name. */
async function setNumbers(stack: Stack, numbers: readonly number[]): Promise<void> {
  for (const n of numbers) await stack.service.setNum(parseKey(String(n)), BigInt(n), caller);
}

test('lock: with every worker busy, 10 000 SetNums complete meanwhile', async () => {
  const stack = await openStack({ workerFile: heldWorker });
  const numbers = [1, 2, 3, 4];
  await setNumbers(stack, numbers);
  const facts = numbers.map((n) => stack.service.fact(parseKey(String(n)), patientCaller()));
  await until(() => stack.pool.stats().running === 4, 'four running tasks');

  let total = 0n;
  await Promise.all(
    Array.from({ length: 10_000 }, async (_, index) => {
      ({ total } = await stack.service.setNum(parseKey(`other-${index}`), 1n, caller));
    }),
  );
  assert.equal(total, 10_010n);
  assert.equal(stack.pool.stats().running, 4, 'all that time the four were computing');

  release();
  for (const fact of await Promise.all(facts)) assert.equal(fact.kind, 'found');
  await stack.close();
});

test('flight: concurrent Facts of one n compute it once, and none of them is a hit', async () => {
  const stack = await openStack({ workerFile: heldWorker });
  await setNumbers(stack, [7]);
  const facts = Array.from({ length: 100 }, () => stack.service.fact(parseKey('7'), patientCaller()));
  await until(() => stack.pool.stats().running === 1, 'a running task');
  release();
  const outcomes = await Promise.all(facts);
  const uses = outcomes.map((outcome) => (outcome.kind === 'found' ? outcome.cache : outcome.kind));
  assert.equal(uses.filter((use) => use === 'miss').length, 1);
  assert.equal(uses.filter((use) => use === 'joined').length, 99);
  assert.equal(stack.pool.stats().run.count, 1);
  const after = await stack.service.fact(parseKey('7'), patientCaller());
  assert.equal(after.kind === 'found' && after.cache, 'hit');
  await stack.close();
});

test('flight: a write during a Fact does not change its answer', async () => {
  const stack = await openStack({ workerFile: heldWorker });
  await stack.service.setNum(parseKey('k'), 3n, caller);
  const fact = stack.service.fact(parseKey('k'), patientCaller());
  await until(() => stack.pool.stats().running === 1, 'a running task');
  await stack.service.setNum(parseKey('k'), 9n, caller);
  release();
  const outcome = await fact;
  assert.equal(outcome.kind === 'found' && outcome.result.n, 3);
  await stack.close();
});

test('cancel: queued work that nobody waits for is dropped, work that others wait for is not', async () => {
  const stack = await openStack({ workerFile: heldWorker });
  await setNumbers(stack, [1, 2, 3, 4, 5, 6]);
  const busy = [1, 2, 3, 4].map((n) => stack.service.fact(parseKey(String(n)), patientCaller()));
  await until(() => stack.pool.stats().running === 4, 'four running tasks');

  const impatient = new AbortController();
  const gone = new NumStoreError('CANCELLED', 'planted');
  const alone = stack.service.fact(parseKey('5'), { signal: impatient.signal });
  const first = stack.service.fact(parseKey('6'), { signal: impatient.signal });
  const second = stack.service.fact(parseKey('6'), patientCaller());
  await until(() => stack.pool.stats().queued === 2, 'two queued tasks');
  impatient.abort(gone);
  await assert.rejects(alone, gone);
  await assert.rejects(first, gone);
  await until(() => stack.pool.stats().queued === 1, 'the abandoned task to be dropped');

  release();
  assert.equal((await second).kind, 'found');
  await Promise.all(busy);
  assert.equal(stack.pool.stats().run.count, 5, 'five computations, not six');
  await stack.close();
});

test('cancel: a caller that is gone before it asked gets nothing computed', async () => {
  const stack = await openStack({ workerFile: heldWorker });
  await setNumbers(stack, [5]);
  const gone = new NumStoreError('CANCELLED', 'planted');
  await assert.rejects(stack.service.fact(parseKey('5'), { signal: AbortSignal.abort(gone) }), gone);
  assert.equal(stack.inFlight.size, 0);
  await stack.close();
});

test('overload: beyond the queue limit a Fact is refused with a time to retry, and hits and writes are served', async () => {
  const stack = await openStack({ workerFile: heldWorker, queueLimit: 2 });
  const numbers = [1, 2, 3, 4, 5, 6];
  await setNumbers(stack, [...numbers, 7]);
  const facts = numbers.map((n) => stack.service.fact(parseKey(String(n)), patientCaller()));
  await until(() => stack.pool.stats().queued === 2, 'a full queue');
  const refused = stack.service.fact(parseKey('7'), patientCaller());
  await assert.rejects(refused, (error: unknown) => {
    return hasCode('QUEUE_FULL')(error) && error instanceof NumStoreError && (error.retryAfterMs ?? 0) > 0;
  });
  assert.equal((await stack.service.setNum(parseKey('8'), 8n, caller)).total, 36n);
  release();
  await Promise.all(facts);
  const again = await stack.service.fact(parseKey('1'), patientCaller());
  assert.equal(again.kind === 'found' && again.cache, 'hit');
  await stack.close();
});

/** Fills the cache with ten large results; returns their numbers. */
async function fillCache(stack: Stack): Promise<readonly number[]> {
  const numbers = Array.from({ length: 10 }, (_, index) => 10_000 + index);
  await setNumbers(stack, numbers);
  for (const n of numbers)
    await stack.service.release(await stack.service.factExact(parseKey(String(n)), caller));
  return numbers;
}

/** Asserts that each of these is a hit. */
async function assertKept(stack: Stack, numbers: readonly number[]): Promise<void> {
  for (const n of numbers) {
    const outcome = await stack.service.factExact(parseKey(String(n)), caller);
    assert.equal(outcome.kind === 'found' && outcome.cache, 'hit', `${n} is kept`);
    await stack.service.release(outcome);
  }
}

test('results: a FactExact that does not fit beside those being read evicts nothing from the cache', async () => {
  const stack = await openStack({ resultBytes: 350_000 });
  await setNumbers(stack, [100_000, 90_000]);
  const read = await stack.service.factExact(parseKey('100000'), caller);
  const kept = await fillCache(stack);
  assert.equal(stack.cache.size, 10);
  await assert.rejects(stack.service.factExact(parseKey('90000'), caller), hasCode('RESULTS_FULL'));
  await assertKept(stack, kept);
  await stack.service.release(read);
  const outcome = await stack.service.factExact(parseKey('90000'), caller);
  assert.equal(outcome.kind, 'found', 'there is room again');
  await stack.service.release(outcome);
  await stack.close();
});

test('results: a FactExact that the queue refuses evicts nothing from the cache', async () => {
  const stack = await openStack({ resultBytes: 15_100_000, nMax: 4_000_000, workers: 1, queueLimit: 1 });
  const kept = await fillCache(stack);
  const numbers = [3_000_000, 2_900_000, 100_000];
  await setNumbers(stack, numbers);
  const impatient = new AbortController();
  const [running, queued, refused] = numbers.map((n) =>
    stack.service.factExact(parseKey(String(n)), { signal: impatient.signal }),
  );
  await assert.rejects(refused ?? assert.fail(), hasCode('QUEUE_FULL'));
  assert.deepEqual([stack.pool.stats().running, stack.pool.stats().queued], [1, 1]);
  const gone = new NumStoreError('CANCELLED', 'planted');
  impatient.abort(gone);
  for (const fact of [running, queued]) await assert.rejects(fact ?? assert.fail(), gone);
  await assertKept(stack, kept);
  await stack.close();
});

test('results: while large ones that are being read take all memory, each Fact is served', async () => {
  const stack = await openStack({ resultBytes: 189_590 });
  await setNumbers(stack, [100_000, 1000, ...Array.from({ length: 21 }, (_, n) => n)]);
  const read = await stack.service.factExact(parseKey('100000'), caller);
  for (let n = 0; n <= 20; n++) {
    assert.equal((await stack.service.fact(parseKey(String(n)), caller)).kind, 'found');
  }
  await assert.rejects(stack.service.factExact(parseKey('1000'), caller), hasCode('RESULTS_FULL'));
  await assertKept(stack, [20, 19, 18, 17, 16, 15, 14, 13, 12, 11]);
  await stack.service.release(read);
  await stack.close();
});

test('close: what runs and what waits is rejected with STOPPING, and no thread is left', async () => {
  const stack = await openStack({ workerFile: heldWorker });
  const numbers = [1, 2, 3, 4, 5, 6];
  await setNumbers(stack, numbers);
  const facts = numbers.map((n) => stack.service.fact(parseKey(String(n)), patientCaller()));
  await until(() => stack.pool.stats().queued === 2, 'a queue');
  const rejected = facts.map((fact) => assert.rejects(fact, hasCode('STOPPING')));
  await stack.close();
  await Promise.all(rejected);
  assert.equal(stack.pool.stats().ready, 0);
  await assert.rejects(stack.pool.run({ n: 1 }, patientCaller().signal), hasCode('STOPPING'));
});

test('timing: no part is negative, though a task waited longer than its caller saw', async () => {
  const stack = await openStack();
  await setNumbers(stack, [9]);
  // What is left of it when this thread loses its core between the queue and the caller.
  const pool: Tasks = {
    run: async (request, signal) => ({ ...(await stack.pool.run(request, signal)), waitMs: 60_000 }),
    refusal: (n) => stack.pool.refusal(n),
    stats: () => stack.pool.stats(),
  };
  const service = createService({ ...stack, pool, nMax: 20 });
  const timing = createTiming();
  assert.equal((await service.fact(parseKey('9'), { ...patientCaller(), timing })).kind, 'found');
  assert.deepEqual([timing.queueMs, timing.computeMs], [60_000, 0]);
  await stack.close();
});
