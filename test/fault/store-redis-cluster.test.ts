import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { parseKey } from '../../server/domain/key.ts';
import { createLock } from '../../server/domain/lock.ts';
import { openStore } from '../../server/store/open.ts';
import type { Store } from '../../server/store/store.ts';
import { skipRedis } from '../support/redis.ts';
import { type RedisCluster, startCluster } from '../support/redis-cluster.ts';
import { patient } from '../support/store-caller.ts';
import { get, list } from '../support/store-calls.ts';
import { assertExplained, type StoreLoad, startLoad } from '../support/store-load.ts';
import { until } from '../support/until.ts';

const A = parseKey('A');
let namespaces = 0;

describe('on a Redis cluster of three masters with a replica each,', { skip: skipRedis }, () => {
  let cluster: RedisCluster;
  before(async () => {
    cluster = await startCluster();
  });
  after(() => cluster.remove());

  const nameOne = (): string => {
    namespaces += 1;
    return `cluster-${namespaces}`;
  };
  const specOf = (...nodes: readonly { readonly port: number }[]): string =>
    `redis://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`;
  const open = (namespace: string, spec = specOf(cluster.nodes[0] ?? assert.fail()), redisWait = 0) =>
    openStore(spec, { lock: createLock(), namespace, redisWait });

  /** Three stores of one namespace under load, until `disturb` is over and each has gone on. */
  const underLoad = async (
    namespace: string,
    stores: readonly Store[],
    disturb: (load: StoreLoad) => Promise<void>,
  ): Promise<StoreLoad> => {
    const load = startLoad(stores);
    const goOn = async (): Promise<void> => {
      const goal = load.answered() + 100;
      await until(() => load.answered() > goal, 'calls are answered');
    };
    try {
      await goOn();
      await disturb(load);
      await until(() => stores.every(({ status }) => status === 'serving'), 'every store serves');
      await goOn();
    } finally {
      await load.stop();
      await Promise.all(stores.map((store) => store.close()));
    }
    assertExplained(load.operations);
    const store = await open(namespace);
    let sum = 0n;
    for (const { value } of await list(store, {})) sum += value;
    assert.equal((await store.stats(patient)).total, sum);
    await store.close();
    return load;
  };

  it('store redis: any node of a cluster leads to the one that has the keys, a replica too', async () => {
    const namespace = nameOne();
    let total = 0n;
    for (const node of cluster.nodes) {
      const store = await open(namespace, specOf(node));
      total += 1n;
      assert.equal((await store.add(A, 1n, patient)).total, total);
      assert.equal(await get(store, 'A'), total);
      await store.close();
    }
    const store = await open(namespace, specOf({ port: 1 }, ...cluster.nodes));
    assert.equal(await get(store, 'A'), total);
    await store.close();
  });

  it('store redis: a slot that moves under load fails no call, though its keys arrive one by one', async () => {
    const namespace = nameOne();
    const slot = await cluster.slotOf(namespace);
    const from = await cluster.ownerOf(slot);
    const to = cluster.nodes.slice(0, 3).find((node) => node !== from) ?? assert.fail();
    const stores = await Promise.all([open(namespace), open(namespace), open(namespace)]);
    const key = (part: string): string => `numstore:{${namespace}}:${part}`;
    const load = await underLoad(namespace, stores, async ({ answered }) => {
      await cluster.beginMove(slot, from, to);
      await cluster.moveKeys(from, to, key('values'));
      await cluster.moveKeys(from, to, key('order'), key('total'));
      await until(async () => {
        const found = await to.command('CLUSTER', 'COUNTKEYSINSLOT', String(slot));
        return found === 3;
      }, 'the keys have arrived');
      // Meanwhile the old owner answers ASK.
      const goal = answered() + 50;
      await until(() => answered() > goal, 'calls are answered by the importing node');
      await cluster.endMove(slot, to);
      const again = answered() + 50;
      await until(() => answered() > again, 'calls are answered by the new owner');
      await cluster.beginMove(slot, to, from);
      await cluster.moveKeys(to, from, key('values'), key('order'), key('total'));
      await cluster.endMove(slot, from);
    });
    assert.deepEqual(load.failures, []);
  });

  it('store redis: a failover that the cluster was asked for loses nothing', async () => {
    const namespace = nameOne();
    const slot = await cluster.slotOf(namespace);
    const owner = await cluster.ownerOf(slot);
    const [replica = assert.fail()] = await cluster.replicasOf(owner);
    const stores = await Promise.all([open(namespace), open(namespace), open(namespace)]);
    await underLoad(namespace, stores, async () => {
      await replica.command('CLUSTER', 'FAILOVER');
      await until(async () => (await cluster.ownerOf(slot)) === replica, 'the replica owns the slot');
    });
  });

  it('store redis: a killed owner of a slot is replaced, and what its replica had confirmed is there', async () => {
    const namespace = nameOne();
    const slot = await cluster.slotOf(namespace);
    const owner = await cluster.ownerOf(slot);
    const seed = cluster.nodes.find((node) => node !== owner) ?? assert.fail();
    const spec = specOf(seed);
    const stores = await Promise.all([
      open(namespace, spec, 1),
      open(namespace, spec, 1),
      open(namespace, spec, 1),
    ]);
    try {
      await underLoad(namespace, stores, async () => {
        await owner.kill();
        await until(() => stores.every(({ status }) => status === 'away'), 'the loss is noticed');
        await until(async () => (await cluster.ownerOf(slot)) !== owner, 'another one owns the slot');
        await owner.start();
      });
    } finally {
      await owner.start();
    }
  });
});
