import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checks } from '../../../../client/check/checks.ts';

test('checks: each has a name of its own, and needs only what runs before it', () => {
  const before = new Set<string>();
  for (const { id, needs } of checks) {
    assert.ok(!before.has(id), id);
    for (const need of needs) assert.ok(before.has(need), `${id} needs ${need}`);
    before.add(id);
  }
});
