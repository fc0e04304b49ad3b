import { after, before, describe, it } from 'node:test';
import { createLock } from '../../server/domain/lock.ts';
import { openStore } from '../../server/store/open.ts';
import { type RedisServer, skipRedis, startRedis } from '../support/redis.ts';
import { count } from '../support/scale.ts';
import { lmdbSubject } from '../support/store-places.ts';
import { type Ack, startStoreProcess } from '../support/store-process.ts';
import { assertSurvivors } from '../support/store-survivors.ts';
import { until } from '../support/until.ts';

const lmdbRounds = count(3, 100);
const redisRounds = count(2, 20);
const writers = 16;
const acksPerRound = 300;

it(`store lmdb: ${lmdbRounds} times kill -9 under load loses nothing and repeats nothing`, async () => {
  const place = await lmdbSubject.createPlace();
  const acks: Ack[] = [];
  for (let round = 1; round <= lmdbRounds; round += 1) {
    const owner = startStoreProcess({ spec: place.spec, writers });
    await until(() => owner.acks.length > acksPerRound * Math.random(), 'writes are acknowledged');
    await owner.kill();
    acks.push(...owner.acks);
    const store = await place.open();
    // Each writer had at most one write under way at each kill.
    await assertSurvivors(store, acks, () => round);
    await store.close();
  }
  await place.remove();
});

describe('on a redis-server with appendfsync always,', { skip: skipRedis }, () => {
  let server: RedisServer;
  before(async () => {
    server = await startRedis();
  });
  after(() => server.remove());

  it(`store redis: ${redisRounds} times kill -9 of Redis loses nothing and repeats nothing`, async () => {
    const { spec } = server;
    const client = startStoreProcess({ spec, namespace: 'killed', writers });
    await client.opened();
    for (let round = 1; round <= redisRounds; round += 1) {
      const goal = client.acks.length + 100;
      await until(() => client.acks.length > goal, 'writes are acknowledged');
      await server.kill();
      await server.start();
    }
    const goal = client.acks.length + 100;
    await until(() => client.acks.length > goal, 'writes are acknowledged again');
    await client.kill();
    const doubts = (key: string): number => client.unknown.filter((doubtful) => doubtful === key).length + 1;
    const store = await openStore(spec, { lock: createLock(), namespace: 'killed' });
    await assertSurvivors(store, client.acks, doubts);
    await store.close();
  });
});
