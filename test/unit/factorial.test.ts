import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factorial } from '../../server/factorial/bigint.ts';

test('factorial: n! = n (n-1)! for every n up to 1000, from 0! = 1', () => {
  let expected = 1n;
  for (let n = 0; n <= 1000; n++) {
    if (n > 0) expected *= BigInt(n);
    assert.equal(factorial(n), expected);
  }
});
