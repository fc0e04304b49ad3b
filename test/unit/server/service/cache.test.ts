import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createCache, type HeldResult } from '../../../../server/service/cache.ts';
import { createMemoryBudget } from '../../../../server/service/memory-budget.ts';

const memory = createMemoryBudget(2 ** 30);

/** A result of `length` bytes that one holder holds. */
function held(n: number, length = 1): HeldResult {
  const reservation = memory.reserve(length);
  assert.ok(reservation);
  const bytes = new Uint8Array(length);
  return { n, bytes, sha256: new Uint8Array(), memory: reservation };
}

test('cache: of 1..10, a hit on 1 and then 11, it is 2 that goes', () => {
  const cache = createCache({ bytesMax: 1000 });
  for (let n = 1; n <= 10; n++) cache.set(held(n));
  assert.ok(cache.get(1));
  cache.set(held(11));
  assert.equal(cache.size, 10);
  assert.equal(cache.get(2), undefined);
  for (const n of [1, 3, 4, 5, 6, 7, 8, 9, 10, 11]) assert.equal(cache.get(n)?.n, n);
});

test('cache: whatever happens it behaves as a list of the ten numbers used last', () => {
  const operation = fc.record({ kind: fc.constantFrom('get', 'set'), n: fc.integer({ min: 0, max: 15 }) });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const cache = createCache({ bytesMax: 1000 });
      let model: number[] = [];
      for (const { kind, n } of operations) {
        const known = model.includes(n);
        if (kind === 'set') cache.set(held(n));
        else assert.equal(cache.get(n)?.n, known ? n : undefined);
        if (kind === 'set' || known) model = [n, ...model.filter((other) => other !== n)].slice(0, 10);
        assert.equal(cache.size, model.length);
      }
    }),
  );
});

test('cache: results of more than its bytes push out the least recently used, and one above them all is not kept', () => {
  const cache = createCache({ bytesMax: 1000 });
  for (const n of [1, 2, 3]) cache.set(held(n, 300));
  cache.set(held(4, 301));
  assert.deepEqual([cache.get(1), cache.bytes], [undefined, 901]);
  cache.set(held(5, 1001));
  assert.equal(cache.get(5), undefined);
  assert.deepEqual([cache.size, cache.bytes], [3, 901]);
});

test('cache: setting a number again replaces its result', () => {
  const cache = createCache({ bytesMax: 1000 });
  for (let round = 0; round < 5; round++) cache.set(held(1, 400));
  assert.deepEqual([cache.size, cache.bytes], [1, 400]);
});

test('cache: the nearest number below is found, and looking is no use of it', () => {
  const cache = createCache({ bytesMax: 1000 });
  for (let n = 10; n < 20; n++) cache.set(held(n));
  assert.equal(cache.nearestBelow(10), undefined);
  assert.equal(cache.nearestBelow(11)?.n, 10);
  assert.equal(cache.nearestBelow(1000)?.n, 19);
  cache.set(held(20));
  assert.equal(cache.get(10), undefined, '10 was still the least recently used');
});

test('result memory: what is evicted is given back once nobody reads it, and not before', () => {
  const results = createMemoryBudget(100);
  const cache = createCache({ bytesMax: 1000 });
  const first = results.reserve(60);
  assert.ok(first);
  assert.equal(results.reserve(41), undefined, 'beyond the bound nothing is given');
  cache.set({
    n: 1,
    bytes: new Uint8Array(60),
    sha256: new Uint8Array(),
    memory: first,
  });
  assert.equal(cache.evictIdle(), false, 'somebody reads it besides the cache');
  first.release();
  assert.equal(results.usedBytes, 60, 'the cache still keeps it');
  assert.equal(cache.evictIdle(), true);
  assert.deepEqual([results.usedBytes, cache.size], [0, 0]);
  assert.ok(results.reserve(100));
});

test('result memory: a release without a holder, and a hold on what is released, are faults', () => {
  const results = createMemoryBudget(100);
  const reservation = results.reserve(60);
  assert.ok(reservation);
  reservation.release();
  assert.throws(() => reservation.release(), /Expected a result with a holder/);
  assert.throws(() => reservation.retain(), /Expected a result with a holder/);
  assert.equal(results.usedBytes, 0, 'the count is unchanged');
});

test('cache: its slots tell the number, the bytes, the age and the hits of each, the next to go first', () => {
  const cache = createCache({ bytesMax: 1000 });
  for (const n of [1, 2, 3]) cache.set(held(n, 100 + n));
  cache.get(1);
  cache.get(1);
  assert.ok(cache.slots().every(({ ageMs }) => ageMs >= 0));
  assert.deepEqual(
    cache.slots().map(({ n, bytes, hits }) => [n, bytes, hits]),
    [
      [2, 102, 0],
      [3, 103, 0],
      [1, 101, 2],
    ],
  );
});
