import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type ChoiceName, choiceNames } from '../../bench/choices/choices.ts';
import { PossibleValues } from '../../bench/choices/possible-values.ts';
import { openVariant, type Variant } from '../../bench/choices/variants.ts';
import { factorial, toBytes, workloads } from '../../bench/choices/workloads.ts';
import { parseKey } from '../../server/domain/key.ts';
import type { FactOutcome } from '../../server/service/outcome.ts';
import { patientCaller } from '../support/stack.ts';

const key = parseKey('A');
/** Entries of the stores that have many: enough for a sum, and soon there. */
const fewKeys = 10;

async function variantFor(t: TestContext, name: ChoiceName): Promise<Variant> {
  const variant = await openVariant(name, fewKeys);
  t.after(() => variant.close());
  return variant;
}

/** What Fact says: n, and where its factorial came from. */
function told(outcome: FactOutcome): readonly [n: number, cache: string] {
  assert.equal(outcome.kind, 'found');
  return outcome.kind === 'found' ? [outcome.result.n, outcome.cache] : [Number.NaN, ''];
}

/** Fact of the same key twice, and once more after another value was set. */
async function readTwiceAndAfterSet({ service }: Variant): Promise<readonly (readonly [number, string])[]> {
  const caller = patientCaller();
  const facts: (readonly [number, string])[] = [];
  await service.setNum(key, 5n, caller);
  facts.push(told(await service.fact(key, caller)), told(await service.fact(key, caller)));
  await service.setNum(key, 6n, caller);
  facts.push(told(await service.fact(key, caller)));
  return facts;
}

test('bench choices: as it is, a second Fact hits and one after SetNum has the new number', async (t) => {
  const facts = await readTwiceAndAfterSet(await variantFor(t, 'as-it-is'));
  assert.deepEqual(facts, [
    [5, 'miss'],
    [5, 'hit'],
    [6, 'miss'],
  ]);
});

test('bench choices: without a cache no Fact hits, and every answer is right', async (t) => {
  const variant = await variantFor(t, 'no-cache');
  assert.deepEqual(await readTwiceAndAfterSet(variant), [
    [5, 'miss'],
    [5, 'miss'],
    [6, 'miss'],
  ]);
  assert.equal(variant.service.counts().facts.hit, 0);
});

test('bench choices: with a cache by key, Fact after SetNum returns the factorial of the old number', async (t) => {
  assert.deepEqual(await readTwiceAndAfterSet(await variantFor(t, 'cache-by-key')), [
    [5, 'miss'],
    [5, 'hit'],
    [5, 'hit'],
  ]);
});

test('bench choices: a cache by key holds ten results, and gives their memory back', async (t) => {
  const { service, parts } = await variantFor(t, 'cache-by-key');
  const caller = patientCaller();
  for (let index = 0; index < 20; index++) {
    const each = parseKey(`k${index}`);
    await service.setNum(each, BigInt(index), caller);
    await service.fact(each, caller);
  }
  assert.equal(parts.cache.size, 10);
  assert.equal(parts.cache.evictions, 10);
  while (parts.cache.evictIdle());
  assert.equal(parts.memory.usedBytes, 0);
});

/** Which of the two ends first: a large factorial, or a SetNum that comes after it. */
async function firstToEnd({ service }: Variant): Promise<string> {
  const caller = patientCaller();
  await service.setNum(key, 100_000n, caller);
  const ends: string[] = [];
  const fact = service.factExact(key, caller).then(async (outcome) => {
    ends.push('factorial');
    await service.release(outcome);
  });
  // The factorial has to be under way: its lookup is one section before this one.
  await service.getNum(key, caller);
  const set = service.setNum(parseKey('B'), 1n, caller).then(() => ends.push('SetNum'));
  await Promise.all([fact, set]);
  return ends[0] ?? '';
}

test('bench choices: a SetNum overtakes a factorial, unless the lock is held while it is computed', async (t) => {
  assert.equal(await firstToEnd(await variantFor(t, 'as-it-is')), 'SetNum');
  assert.equal(await firstToEnd(await variantFor(t, 'one-worker')), 'SetNum');
  assert.equal(await firstToEnd(await variantFor(t, 'lock-held')), 'factorial');
});

test('bench choices: two Facts of one number are one computation, unless there is no single flight', async (t) => {
  const bothOf = async ({ service }: Variant) => {
    const caller = patientCaller();
    await service.setNum(key, 7n, caller);
    const outcomes = await Promise.all([service.fact(key, caller), service.fact(key, caller)]);
    return outcomes.map(told);
  };
  assert.deepEqual(await bothOf(await variantFor(t, 'as-it-is')), [
    [7, 'miss'],
    [7, 'joined'],
  ]);
  assert.deepEqual(await bothOf(await variantFor(t, 'no-single-flight')), [
    [7, 'miss'],
    [7, 'miss'],
  ]);
});

test('bench choices: factorials on the main thread have no worker, one worker is one, and the rest have four', async (t) => {
  for (const name of choiceNames) {
    const { parts } = await variantFor(t, name);
    const expected = name === 'main-thread' ? 0 : name === 'one-worker' ? 1 : 4;
    assert.equal(parts.pool.stats().ready, expected, name);
  }
});

test('bench choices: a total that is summed anew is right, and is the sum of what the walk sees', async (t) => {
  const { service } = await variantFor(t, 'summed-anew');
  const caller = patientCaller();
  const total = async (name: string, value: bigint) =>
    (await service.setNum(parseKey(name), value, caller)).total - BigInt(fewKeys);
  assert.deepEqual(await Promise.all([total('A', 1n), total('B', 10n), total('A', 5n), total('B', 0n)]), [
    1n,
    11n,
    15n,
    5n,
  ]);
  // The walk does not see what AddNum wrote, which shows that there is a walk.
  await service.addNum(parseKey('C'), 100n, caller);
  assert.equal(await total('B', 1n), 6n);
});

test('bench choices: a factorial on the main thread is right to the last byte', async (t) => {
  const { service } = await variantFor(t, 'main-thread');
  const caller = patientCaller();
  for (const n of workloads[1].values.slice(0, 3)) {
    await service.setNum(key, n, caller);
    const outcome = await service.factExact(key, caller);
    assert.ok(outcome.kind === 'found' && toBytes(factorial(n)).equals(outcome.result.bytes));
    await service.release(outcome);
  }
});

test('bench choices: a read may return no value that was overwritten before it began', () => {
  const possible = new PossibleValues();
  assert.deepEqual([...possible.read('A')()], [undefined]);
  possible.write('A', 1n)();
  possible.write('A', 2n)();
  assert.deepEqual([...possible.read('A')()], [2n]);
  assert.deepEqual([...possible.read('B')()], [undefined]);
});

test('bench choices: a read may return what is written while it is under way, and what that overwrites', () => {
  const possible = new PossibleValues();
  possible.write('A', 1n)();
  const endRead = possible.read('A');
  possible.write('A', 2n)();
  const endWrite = possible.write('A', 3n);
  assert.deepEqual([...endRead()], [1n, 2n, 3n]);
  assert.deepEqual([...possible.read('A')()], [2n, 3n]);
  endWrite();
  assert.deepEqual([...possible.read('A')()], [3n]);
});

test('bench choices: of two concurrent writes either may be the last', () => {
  const possible = new PossibleValues();
  const endFirst = possible.write('A', 1n);
  const endSecond = possible.write('A', 2n);
  endSecond();
  endFirst();
  assert.deepEqual([...possible.read('A')()], [1n, 2n]);
});
