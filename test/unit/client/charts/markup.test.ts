import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatCount, formatTime } from '../../../../client/charts/markup.ts';

test('figures on a page: three digits that count, with a unit', () => {
  assert.deepEqual([0, 0.005, 0.01234, 1.005, 123.4, 1000, 12_345].map(formatTime), [
    '0 ms',
    '5 µs',
    '0.0123 ms',
    '1 ms',
    '123 ms',
    '1 s',
    '12.3 s',
  ]);
  assert.deepEqual([7, 1234, 12_345, 2_500_000].map(formatCount), ['7', '1234', '12.3 k', '2.5 M']);
});
