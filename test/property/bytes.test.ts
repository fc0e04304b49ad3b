import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bigIntToBytes, bytesToBigInt } from '../../server/factorial/bytes.ts';

test('bytes: every non-negative integer comes back, from as few bytes as it needs', () => {
  const integer = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 70n }),
    fc.bigInt({ min: 0n, max: 2n ** 20_000n }),
  );
  fc.assert(
    fc.property(integer, (value) => {
      const bytes = bigIntToBytes(value);
      assert.equal(bytesToBigInt(bytes), value);
      assert.ok(bytes.length === 1 || bytes[0] !== 0, 'no leading zero');
      assert.equal(BigInt(`0x${Buffer.from(bytes).toString('hex')}`), value);
    }),
  );
});

test('bytes: leading zeros and shared memory are read like any other bytes', () => {
  const shared = new Uint8Array(new SharedArrayBuffer(4));
  shared.set([0, 0, 1, 2]);
  assert.equal(bytesToBigInt(shared), 258n);
  assert.equal(bytesToBigInt(shared.subarray(2, 3)), 1n);
});

test('bytes: a negative integer and no bytes at all are refused', () => {
  assert.throws(() => bigIntToBytes(-1n), RangeError);
  assert.throws(() => bytesToBigInt(new Uint8Array()), RangeError);
});
