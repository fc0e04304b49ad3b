import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NumStoreError } from '../../../../server/domain/errors.ts';
import { createRateLimit } from '../../../../server/security/rate-limit.ts';

/** When the call is let through `undefined`, or else after how long to call again, in milliseconds. */
function ask(admit: (peer: string) => void, peer: string): number | undefined {
  try {
    admit(peer);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof NumStoreError && error.code === 'RATE_LIMITED');
    return error.retryAfterMs;
  }
}

test('rate: a peer may call so often a second, at once or spread, and is told when its next call is due', () => {
  let now = 0;
  const admit = createRateLimit(4, () => now);
  assert.deepEqual(
    Array.from({ length: 6 }, () => ask(admit, 'a')),
    [undefined, undefined, undefined, undefined, 250, 250],
  );
  now += 250;
  assert.deepEqual([ask(admit, 'a'), ask(admit, 'a')], [undefined, 250]);
  now += 60_000;
  assert.equal(
    Array.from({ length: 9 }, () => ask(admit, 'a')).filter((wait) => wait === undefined).length,
    4,
    'a minute of rest is worth no more than a second',
  );
});

test('rate: what one peer does takes nothing from another', () => {
  const admit = createRateLimit(1, () => 0);
  assert.deepEqual([ask(admit, 'a'), ask(admit, 'a')], [undefined, 1000]);
  assert.equal(ask(admit, 'b'), undefined);
});

test('rate: of too many peers those that called last are remembered', () => {
  const admit = createRateLimit(1, () => 0);
  ask(admit, 'first');
  for (let index = 0; index < 9_999; index++) ask(admit, `peer ${index}`);
  assert.equal(ask(admit, 'first'), 1000, 'ten thousand are remembered');
  ask(admit, 'one more');
  assert.equal(ask(admit, 'peer 1'), 1000);
  assert.equal(ask(admit, 'peer 0'), undefined, 'who has not called for longest is forgotten');
});
