import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createKeys } from '../../../../../client/load/run/plan.ts';
import { createRequests, type PreparedRequest } from '../../../../../client/load/run/requests.ts';
import { exercisePlan } from '../../../../support/load-run.ts';

/** The requests of the exercise's plan. */
const list = (seed: number, thread: number, requests: number, keys = 100): readonly PreparedRequest[] => {
  const next = createRequests({ ...exercisePlan, seed, keys }, thread);
  return Array.from({ length: requests }, () => next());
};
const seeds = fc.nat({ max: Number.MAX_SAFE_INTEGER });

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
