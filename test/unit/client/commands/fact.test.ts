import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { countDigits } from '../../../../client/commands/fact.ts';

const digits = fc.integer({ min: 1, max: 5000 });

test('countDigits: is the length of the decimal digits', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 2n ** 4096n }), (value) => {
      assert.equal(countDigits(value), value.toString().length);
    }),
  );
});

test('countDigits: tells a power of ten from its neighbours', () => {
  fc.assert(
    fc.property(digits, (exponent) => {
      const power = 10n ** BigInt(exponent);
      assert.deepEqual([power - 1n, power, power + 1n].map(countDigits), [
        exponent,
        exponent + 1,
        exponent + 1,
      ]);
    }),
  );
});

test('countDigits: holds for a million digits, next to a power of ten, too', () => {
  const power = 10n ** 1_000_000n;
  assert.deepEqual([power - 1n, power, 7n * power].map(countDigits), [1_000_000, 1_000_001, 1_000_001]);
});
