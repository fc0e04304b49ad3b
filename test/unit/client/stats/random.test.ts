import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createKeys } from '../../../../client/load/run/plan.ts';
import { createRequests, type PreparedRequest } from '../../../../client/load/run/requests.ts';
import { createRandom, createSplitMix64, createXoshiro128 } from '../../../../client/stats/random.ts';
import { exercisePlan } from '../../../support/load-run.ts';

const list = (seed: number, thread: number, requests: number, keys = 100): readonly PreparedRequest[] => {
  const next = createRequests({ ...exercisePlan, seed, keys }, thread);
  return Array.from({ length: requests }, () => next());
};
const seeds = fc.nat({ max: Number.MAX_SAFE_INTEGER });

test('SplitMix64: gives the numbers of the published C program', () => {
  const next = createSplitMix64(1234567n);
  const published = [
    6457827717110365317n,
    3203168211198807973n,
    9817491932198370423n,
    4593380528125082431n,
    16408922859458223821n,
  ];
  assert.deepEqual(
    published.map(() => next()),
    published,
  );
});

test('xoshiro128**: gives the numbers of the published C program', () => {
  const next = createXoshiro128([1, 2, 3, 4]);
  const published = [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849];
  assert.deepEqual(
    published.map(() => next()),
    published,
  );
});

test('random: below(bound) is an integer from 0 to bound - 1', () => {
  fc.assert(
    fc.property(seeds, fc.nat(), fc.integer({ min: 1, max: 2 ** 32 }), (seed, stream, bound) => {
      const drawn = createRandom(seed, stream).below(bound);
      assert.ok(Number.isInteger(drawn) && drawn >= 0 && drawn < bound);
    }),
  );
});

test('workload: the same seed and thread give the same requests', () => {
  fc.assert(
    fc.property(seeds, fc.nat({ max: 255 }), (seed, thread) => {
      assert.deepEqual(list(seed, thread, 50), list(seed, thread, 50));
    }),
  );
});

test('workload: another seed and another thread give other requests', () => {
  fc.assert(
    fc.property(seeds, fc.nat({ max: 255 }), (seed, thread) => {
      assert.notDeepEqual(list(seed, thread, 50), list(seed, thread + 1, 50));
      assert.notDeepEqual(list(seed, thread, 50), list(seed === 0 ? 1 : seed - 1, thread, 50));
    }),
  );
});

test('workload: half are SetNum, keys come evenly from the list, values evenly from 1 .. 15', () => {
  const requests = list(5440, 0, 100_000);
  const writes = requests.flatMap((request) => (request.rpc === 'SetNum' ? [request.value] : []));
  assert.ok(Math.abs(writes.length - 50_000) < 800, `${writes.length} of 100000`); // 5 standard deviations
  const keys = countEach(requests.map((request) => request.key));
  assert.deepEqual([...keys.keys()].sort(), [...createKeys(100)].sort());
  for (const count of keys.values()) assert.ok(Math.abs(count - 1000) < 160, `${count} of a key`);
  const values = countEach(writes);
  assert.deepEqual(
    [...values.keys()].sort((a, b) => Number(a - b)),
    Array.from({ length: 15 }, (_, index) => BigInt(index + 1)),
  );
  for (const count of values.values())
    assert.ok(Math.abs(count - writes.length / 15) < 300, `${count} of a value`);
});

test('workload: one key is asked for alone', () => {
  assert.deepEqual(new Set(list(1, 0, 50, 1).map((request) => request.key)), new Set(createKeys(1)));
});

test('workload: a seed sends the requests that it has always sent', () => {
  const words = list(7, 3, 6).map(({ rpc, key, value }) => (rpc === 'SetNum' ? `${key}=${value}` : key));
  assert.deepEqual(words, ['key-68', 'key-72', 'key-51=9', 'key-57=11', 'key-72', 'key-20=14']);
});

function countEach<T>(items: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}
