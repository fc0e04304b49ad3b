import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createCache } from '../../server/cache/cache.ts';
import type { FactorialResult } from '../../server/factorial/result.ts';

const result = (n: number): FactorialResult => ({ n, bytes: new Uint8Array(new SharedArrayBuffer(1)) });

test('cache: of 1..10, a hit on 1 and then 11, it is 2 that goes', () => {
  const cache = createCache();
  for (let n = 1; n <= 10; n++) cache.set(result(n));
  assert.ok(cache.get(1));
  cache.set(result(11));
  assert.equal(cache.size, 10);
  assert.equal(cache.get(2), undefined);
  for (const n of [1, 3, 4, 5, 6, 7, 8, 9, 10, 11]) assert.equal(cache.get(n)?.n, n);
});

test('cache: whatever happens it behaves as a list of the ten numbers used last', () => {
  const operation = fc.record({ kind: fc.constantFrom('get', 'set'), n: fc.integer({ min: 0, max: 15 }) });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const cache = createCache();
      let model: number[] = [];
      for (const { kind, n } of operations) {
        const known = model.includes(n);
        if (kind === 'set') cache.set(result(n));
        else assert.equal(cache.get(n)?.n, known ? n : undefined);
        if (kind === 'set' || known) model = [n, ...model.filter((other) => other !== n)].slice(0, 10);
        assert.equal(cache.size, model.length);
      }
    }),
  );
});
