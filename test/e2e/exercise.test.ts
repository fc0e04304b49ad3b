import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { status as Status } from '@grpc/grpc-js';
import { type RunningServer, startServer } from '../support/server.ts';
import { connect, type Wire } from '../support/wire.ts';

/** Every rule of the exercise, seen from outside, on a server process of its own for each test. */

let server: RunningServer | undefined;
let wire: Wire;
beforeEach(async () => {
  await stop();
  server = await startServer();
  wire = connect(server.address);
});
after(() => stop());

async function stop(): Promise<void> {
  wire?.close();
  await server?.stop();
}

/** Stores `n` under a key of its own and asks for its factorial; answers whether it was a hit. */
async function hit(n: number): Promise<boolean> {
  await wire.setNum(`n${n}`, BigInt(n));
  const { hit: fromCache, error } = await wire.fact(`n${n}`);
  assert.equal(error, '');
  return fromCache;
}

test('exercise: SetNum A=1, B=10, A=5, B=0 answers 1, 11, 15, 5, and Fact A answers 120', async () => {
  assert.equal(await wire.setNum('A', 1n), 1n);
  assert.equal(await wire.setNum('B', 10n), 11n);
  assert.equal(await wire.setNum('A', 5n), 15n);
  assert.equal(await wire.setNum('B', 0n), 5n);
  assert.deepEqual(await wire.fact('A'), { value: 120n, hit: false, error: '' });
});

test('exercise: hit is false the first time and true the second', async () => {
  assert.equal(await hit(6), false);
  assert.equal(await hit(6), true);
});

test('exercise: the cache is by number: another key of the same value hits', async () => {
  await wire.setNum('first', 7n);
  await wire.setNum('second', 7n);
  assert.equal((await wire.fact('first')).hit, false);
  assert.deepEqual(await wire.fact('second'), { value: 5040n, hit: true, error: '' });
});

test('exercise: after SetNum no stale answer is given', async () => {
  await wire.setNum('k', 3n);
  assert.equal((await wire.fact('k')).value, 6n);
  await wire.setNum('k', 4n);
  assert.deepEqual(await wire.fact('k'), { value: 24n, hit: false, error: '' });
});

test('exercise: ten results are kept; the eleventh evicts the least recently used', async () => {
  for (let n = 1; n <= 10; n++) assert.equal(await hit(n), false);
  assert.equal(await hit(1), true);
  assert.equal(await hit(11), false);
  assert.equal(await hit(1), true, '1 was used last but one');
  for (let n = 3; n <= 11; n++) assert.equal(await hit(n), true, `${n} stays`);
  assert.equal(await hit(2), false, '2 is gone');
});

test('exercise: what has no factorial is OK with an error, caches nothing and evicts nothing', async () => {
  for (let n = 1; n <= 10; n++) await hit(n);
  await wire.setNum('negative', -1n);
  await wire.setNum('large', 21n);
  const reasons = { missing: /does not exist/, negative: /negative/, large: /21.*20/ };
  for (const [key, reason] of Object.entries(reasons)) {
    const { value, hit: fromCache, error } = await wire.fact(key);
    assert.deepEqual([value, fromCache], [0n, false]);
    assert.match(error, reason);
    assert.equal((await wire.fact(key)).hit, false, 'nor does it hit later');
  }
  for (let n = 1; n <= 10; n++) assert.equal(await hit(n), true, `${n} is still there`);
});

test('exercise: every factorial from 0! = 1 to 20! is exact', async () => {
  let expected = 1n;
  for (let n = 0n; n <= 20n; n++) {
    if (n > 0n) expected *= n;
    await wire.setNum('n', n);
    assert.equal((await wire.fact('n')).value, expected);
  }
});

test('exercise: a total beyond int64 is refused whole', async () => {
  const max = 2n ** 63n - 1n;
  assert.equal(await wire.setNum('A', max), max);
  await assert.rejects(wire.setNum('B', 1n), { code: Status.OUT_OF_RANGE });
  assert.match((await wire.fact('B')).error, /does not exist/, 'the refused key was not made');
  await assert.rejects(wire.setNum('C', max), { code: Status.OUT_OF_RANGE });
  assert.equal(await wire.setNum('A', 4n), 4n);
  assert.equal((await wire.fact('A')).value, 24n);
});

test('exercise: the empty key is a key like any other', async () => {
  assert.match((await wire.fact('')).error, /does not exist/);
  assert.equal(await wire.setNum('', 3n), 3n);
  assert.equal((await wire.fact('')).value, 6n);
});
