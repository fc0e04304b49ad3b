import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLock } from '../../../../server/domain/lock.ts';

test('lock: a throw inside does not leave it locked', async () => {
  const lock = createLock();
  const failure = new Error('planted');
  await assert.rejects(
    lock.run(() => {
      throw failure;
    }),
    failure,
  );
  assert.equal(lock.isLocked, false);
  assert.equal(await lock.run(() => 'next'), 'next');
});

test('lock: sections run one at a time, in the order in which they were asked for', async () => {
  const lock = createLock();
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      lock.run(() => {
        assert.equal(lock.isLocked, true);
        order.push(index);
      }),
    ),
  );
  assert.deepEqual(
    order,
    Array.from({ length: 100 }, (_, index) => index),
  );
});
