import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseKey } from '../../../../../server/domain/key.ts';
import { noConnections } from '../../../../../server/net/listener.ts';
import { createActivity } from '../../../../../server/telemetry/activity/activity.ts';
import { type SnapshotParts, takeSnapshot } from '../../../../../server/telemetry/activity/snapshot.ts';
import { openStack, patientCaller } from '../../../../support/stack.ts';

const limits = { queueLimit: 256, cacheBytes: 64 * 2 ** 20, resultBytes: 256 * 2 ** 20 };

test('snapshot: it shows the store, the cache, the workers and the lock as they are', async () => {
  const activity = createActivity();
  const stack = await openStack({ observer: activity.observer });
  const parts: SnapshotParts = {
    ...stack,
    storeName: 'memory',
    transport: 'native',
    activity,
    version: '1.2.3',
    limits,
    connections: () => noConnections,
    requests: () => ({ bytes: 0, refusals: 0 }),
    lostLogLines: () => 0,
  };
  const caller = patientCaller();
  await stack.service.setNum(parseKey('A'), 5n, caller);
  for (let round = 0; round < 3; round++) await stack.service.fact(parseKey('A'), caller);
  const { store, cache, pool, lock, version } = await takeSnapshot(parts);
  assert.deepEqual(store, {
    name: 'memory',
    status: 'serving',
    stats: { keys: 1, total: 5n, revision: 1n },
  });
  assert.deepEqual([cache.hits, cache.misses, cache.joined, cache.entriesMax], [2, 1, 0, 10]);
  assert.deepEqual(
    cache.slots.map(({ n, hits }) => [n, hits]),
    [[5, 2]],
  );
  assert.deepEqual([pool.workers.length, pool.queued, pool.queueLimit], [4, 0, 256]);
  assert.ok(lock.wait.perSecond > 0);
  assert.equal(version, '1.2.3');
  await stack.close();
});

test('snapshot: a store that is gone leaves its figures out, and nothing else', async () => {
  const activity = createActivity();
  const stack = await openStack();
  await stack.close();
  const snapshot = await takeSnapshot({
    ...stack,
    storeName: 'memory',
    transport: 'native',
    activity,
    version: '1',
    limits,
    connections: () => noConnections,
    requests: () => ({ bytes: 0, refusals: 0 }),
    lostLogLines: () => 0,
  });
  assert.equal(snapshot.store.stats, undefined);
  assert.equal(snapshot.cache.entriesMax, 10);
});
