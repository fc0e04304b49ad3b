import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { parseKey } from '../../server/domain/key.ts';
import { createLock } from '../../server/domain/lock.ts';
import { openRedisStore } from '../../server/store/redis/redis.ts';
import { parseRedisPlace } from '../../server/store/redis-place.ts';
import type { Store } from '../../server/store/store.ts';
import { type RedisServer, skipRedis, startRedis } from '../support/redis.ts';
import { patient } from '../support/store-caller.ts';
import { get, list, refuses } from '../support/store-calls.ts';
import { until } from '../support/until.ts';

const A = parseKey('A');
const B = parseKey('B');
const missing = parseKey('missing');
const int64Max = 2n ** 63n - 1n;

describe('where one replica must confirm,', { skip: skipRedis }, () => {
  let master: RedisServer;
  let replica: RedisServer;
  let namespaces = 0;
  before(async () => {
    master = await startRedis({ appendfsync: 'no' });
    replica = await startRedis({ appendfsync: 'no', replicaOf: master.port });
  });
  after(async () => {
    replica.resume();
    await Promise.all([master.remove(), replica.remove()]);
  });
  beforeEach(async () => {
    replica.resume();
    await until(async () => (await master.command('WAIT', '1', '1000')) === 1, 'the replica follows');
  });

  const open = (keysMax = 100): Promise<Store> => {
    namespaces += 1;
    return openRedisStore({
      place: parseRedisPlace(master.spec),
      lock: createLock(),
      namespace: `wait-${namespaces}`,
      redisWait: 1,
      answerMsMax: 1000,
      keysMax,
    });
  };

  /** What rests on an unconfirmed write of the store, by its name; the write of A = 1 is not confirmed. */
  const answers: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
    'a read': (store) => get(store, 'A'),
    'a read of a missing key': (store) => get(store, 'missing'),
    'a page': (store) => list(store, {}),
    'the statistics': (store) => store.stats(patient),
    'a delete of a missing key': (store) => store.delete(missing, patient),
    'a refusal for its overflow': (store) => store.add(B, int64Max, patient),
    'a refusal for the limit of keys': (store) => store.set(missing, 1n, patient),
  };
  for (const [name, call] of Object.entries(answers)) {
    it(`store redis: ${name} waits for the write that it rests on`, async () => {
      const store = await open(2);
      await store.set(B, 1n, patient);
      replica.pause();
      const writing = store.set(A, 1n, patient);
      let isConfirmed = false;
      const confirmed = writing.then(() => {
        isConfirmed = true;
      });
      // The write has gone out, and has taken effect when the call that follows it is served.
      let wasConfirmed: boolean | undefined;
      const called = call(store).then(
        () => {
          wasConfirmed = isConfirmed;
        },
        (error: { code?: string }) => {
          assert.match(String(error.code), /OVERFLOW|STORE_FULL/);
          wasConfirmed = isConfirmed;
        },
      );
      await until(async () => (await master.command('HLEN', keyOf('values'))) === 2, 'it has taken effect');
      assert.equal(wasConfirmed, undefined);
      replica.resume();
      await Promise.all([called, confirmed]);
      await store.close();
    });

    it(`store redis: ${name} is refused while the write that it rests on is not confirmed`, async () => {
      const store = await open(2);
      await store.set(B, 1n, patient);
      replica.pause();
      await refuses('OUTCOME_UNKNOWN', store.set(A, 1n, patient));
      await refuses('STORE_UNAVAILABLE', call(store));
      replica.resume();
      await until(async () => (await master.command('WAIT', '1', '1000')) === 1, 'the replica follows');
      await call(store).catch((error: { code?: string }) => {
        assert.match(String(error.code), /OVERFLOW|STORE_FULL/);
      });
      await store.close();
    });
  }

  it('store redis: an unconfirmed write is not forgotten with its connection', async () => {
    const store = await open();
    await store.set(B, 1n, patient);
    replica.pause();
    await refuses('OUTCOME_UNKNOWN', store.set(A, 1n, patient));
    await master.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await until(() => store.status === 'away', 'the loss is noticed');
    await until(() => store.status === 'serving', 'it is back');
    await refuses('STORE_UNAVAILABLE', get(store, 'A'));
    replica.resume();
    await until(async () => (await master.command('WAIT', '1', '1000')) === 1, 'the replica follows');
    assert.equal(await get(store, 'A'), 1n);
    await store.close();
  });

  it('store redis: without the replicas that must confirm it is away, and says so', async () => {
    const store = await open();
    await replica.kill();
    try {
      await until(() => store.status === 'away', 'it is away');
      await refuses('OUTCOME_UNKNOWN', store.set(A, 1n, patient));
    } finally {
      await replica.start();
    }
    await until(() => store.status === 'serving', 'it is back');
    await store.close();
  });

  const keyOf = (part: string): string => `numstore:{wait-${namespaces}}:${part}`;
});
