import { after, before, describe } from 'node:test';
import { type RedisServer, skipRedis, startRedis } from '../support/redis.ts';
import { storeContract } from '../support/store-contract.ts';
import { redisSubject } from '../support/store-places.ts';

describe('on a redis-server with appendfsync always,', { skip: skipRedis }, () => {
  let server: RedisServer;
  before(async () => {
    server = await startRedis();
  });
  after(() => server.remove());

  storeContract(redisSubject(() => server));
});
