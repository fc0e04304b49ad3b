import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineLimit } from '../../../../server/telemetry/log-rate-limit.ts';

test('log: of lines of a kind only so many are written in a second, and the next one says how many were not', () => {
  const lines = new LineLimit(2);
  const written: (number | undefined)[] = [];
  for (const at of [0, 1, 2, 999, 1000, 1001]) lines.admit(at, (suppressed) => written.push(suppressed));
  assert.deepEqual(written, [undefined, undefined, 2, undefined]);
});
