import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NumStoreError } from '../../server/domain/errors.ts';
import { addressOf, peerOf } from '../../server/net/peer.ts';
import { createRateLimit } from '../../server/security/rate-limit.ts';
import { LineLimit } from '../../server/telemetry/log-rate-limit.ts';

test('peer: an IPv4 address is one peer, however it is written', () => {
  assert.equal(peerOf('192.0.2.7'), '192.0.2.7');
  assert.equal(peerOf('::ffff:192.0.2.7'), '192.0.2.7');
  assert.notEqual(peerOf('192.0.2.8'), peerOf('192.0.2.7'));
});

test('peer: IPv6 addresses are one peer if their first 64 bits are the same', () => {
  const same = ['2001:db8:0:1::', '2001:db8:0:1::5', '2001:db8:0:1:ffff:1:2:3', '2001:db8:0:1:a::'];
  assert.deepEqual([...new Set(same.map(peerOf))], ['2001:db8:0:1']);
  assert.notEqual(peerOf('2001:db8:0:2::5'), peerOf('2001:db8:0:1::5'));
  assert.equal(peerOf('::1'), '0:0:0:0');
  assert.equal(peerOf('fe80::1%eth0'), peerOf('fe80::2%eth1'));
});

test('peer: the address is what stands before the port', () => {
  assert.equal(addressOf('127.0.0.1:5440'), '127.0.0.1');
  assert.equal(addressOf('2001:db8::1:5440'), '2001:db8::1');
});

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

test('log: of lines of a kind only so many are written in a second, and the next one says how many were not', () => {
  const lines = new LineLimit(2);
  const written: (number | undefined)[] = [];
  for (const at of [0, 1, 2, 999, 1000, 1001]) lines.admit(at, (suppressed) => written.push(suppressed));
  assert.deepEqual(written, [undefined, undefined, 2, undefined]);
});
