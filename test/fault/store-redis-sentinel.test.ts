import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { parseKey } from '../../server/domain/key.ts';
import { createLock } from '../../server/domain/lock.ts';
import { openStore } from '../../server/store/open.ts';
import { skipRedis } from '../support/redis.ts';
import { type SentinelGroup, startSentinels } from '../support/redis-sentinel.ts';
import { patient } from '../support/store-caller.ts';
import { get } from '../support/store-calls.ts';
import { startLoad } from '../support/store-load.ts';
import { countLosses, readPromoted } from '../support/store-losses.ts';
import { until } from '../support/until.ts';

const A = parseKey('A');

describe('where three sentinels watch a master with two replicas,', { skip: skipRedis }, () => {
  let group: SentinelGroup;
  before(async () => {
    group = await startSentinels();
  });
  after(() => group.remove());

  const open = (namespace: string, spec = group.spec) => openStore(spec, { lock: createLock(), namespace });

  it('store redis: sentinels lead to the master, also where some of them are away', async () => {
    const [port] = group.sentinelPorts;
    const store = await open('found', `redis+sentinel://127.0.0.1:1,127.0.0.1:${port}/numbers/0`);
    assert.equal((await store.set(A, 1n, patient)).total, 1n);
    const other = await open('found');
    assert.equal(await get(other, 'A'), 1n);
    await Promise.all([store.close(), other.close()]);
  });

  it('store redis: a master that no sentinel knows, and sentinels that are away, are named', async () => {
    const [port] = group.sentinelPorts;
    await assert.rejects(open('none', `redis+sentinel://127.0.0.1:${port}/others`), {
      code: 'STORE_UNAVAILABLE',
      message: /knows no master by the name others/,
    });
    await assert.rejects(open('none', 'redis+sentinel://127.0.0.1:1/numbers'), {
      code: 'STORE_UNAVAILABLE',
      message: /no sentinel names the master: 127\.0\.0\.1:1: .*ECONNREFUSED/,
    });
  });

  for (const how of ['killed', 'frozen'] as const) {
    it(`store redis: a master that is ${how} under load is replaced, and what is missing is what the new one never had`, async (t) => {
      const namespace = `failover-${how}`;
      const stores = await Promise.all([1, 2, 3].map(() => open(namespace)));
      const load = startLoad(stores);
      const master = await group.master();
      try {
        await until(() => load.answered() > 200, 'calls are answered');
        if (how === 'killed') await master.kill();
        else master.pause();
        await load.hold();
        const before = [...load.operations];
        await until(async () => (await group.master()) !== master, 'another one is the master');
        const promoted = await readPromoted(await group.master(), namespace);
        // The last master is back before anybody has told it that it is none any more.
        if (how === 'killed') await master.start();
        else master.resume();
        await until(() => stores.every(({ status }) => status === 'serving'), 'every store serves');
        const goal = load.answered() + 100;
        load.resume();
        await until(() => load.answered() > goal, 'calls are answered again');
        await load.stop();
        const after = load.operations.slice(before.length);
        t.diagnostic(`${countLosses({ before, after, samples: [], ...promoted })} acknowledged writes lost`);
      } finally {
        master.resume();
        await master.start();
        load.resume();
        await load.stop();
        await Promise.all(stores.map((store) => store.close()));
      }
    });
  }
});
