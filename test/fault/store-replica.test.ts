import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Key, parseKey } from '../../server/domain/key.ts';
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

describe('where Redis has a replica,', { skip: skipRedis }, () => {
  let master: RedisServer;
  let replica: RedisServer;
  before(async () => {
    master = await startRedis();
    replica = await startRedis({ replicaOf: master.port });
    await until(async () => (await master.command('WAIT', '1', '1000')) === 1, 'the replica follows');
  });
  after(async () => {
    replica.resume();
    await Promise.all([master.remove(), replica.remove()]);
  });

  const open = (server: RedisServer, redisWait: number): Promise<Store> =>
    openRedisStore({
      place: parseRedisPlace(server.spec),
      lock: createLock(),
      namespace: 'replicated',
      redisWait,
      answerMsMax: 4000,
    });

  it('store redis: a replica is no store', async () => {
    await assert.rejects(open(replica, 0), {
      code: 'STORE_UNAVAILABLE',
      message: /is a replica; name the master/,
    });
  });

  it('store redis: what replicas confirmed survives a promotion; what they did not is said to be in doubt', async () => {
    const confirmed = await open(master, 1);
    const acknowledged = new Map<Key, bigint>();
    await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const key = parseKey(`k${index}`);
        await confirmed.set(key, BigInt(index), patient);
        acknowledged.set(key, BigInt(index));
      }),
    );
    replica.pause();
    await refuses('OUTCOME_UNKNOWN', confirmed.set(A, 1n, patient));
    // Without --redis-wait it is acknowledged all the same: this is what a failover can lose.
    const unconfirmed = await open(master, 0);
    await unconfirmed.set(B, 1n, patient);
    await confirmed.close();
    await unconfirmed.close();

    await master.kill();
    replica.resume();
    await replica.command('REPLICAOF', 'NO', 'ONE');
    const promoted = await open(replica, 0);
    for (const [key, value] of acknowledged) assert.equal(await get(promoted, key), value);
    const sum = (await list(promoted, {})).reduce((total, { value }) => total + value, 0n);
    assert.equal((await promoted.stats(patient)).total, sum);

    await master.start();
    await replica.command('REPLICAOF', '127.0.0.1', String(master.port));
    await refuses('STORE_UNAVAILABLE', promoted.set(A, 2n, patient));
    await until(() => promoted.status === 'away', 'it is away while it is a replica');
    await replica.command('REPLICAOF', 'NO', 'ONE');
    await until(() => promoted.status === 'serving', 'it serves as a master again');
    await promoted.close();
  });
});
