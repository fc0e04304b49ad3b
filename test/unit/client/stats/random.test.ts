import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRandom, createSplitMix64, createXoshiro128 } from '../../../../client/stats/random.ts';

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
