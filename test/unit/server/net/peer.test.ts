import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, peerOf } from '../../../../server/net/peer.ts';

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
