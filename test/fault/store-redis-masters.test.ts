import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseKey } from '../../server/domain/key.ts';
import { createLock } from '../../server/domain/lock.ts';
import { openStore } from '../../server/store/open.ts';
import type { StoreStatus } from '../../server/store/store.ts';
import { skipRedis, startRedis } from '../support/redis.ts';
import { patient } from '../support/store-caller.ts';
import { get } from '../support/store-calls.ts';
import { startProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

const A = parseKey('A');

describe('where two masters answer behind one address, one after the other,', { skip: skipRedis }, () => {
  for (const [index, name] of ['writes', 'reads'].entries()) {
    it(`store redis: a lost connection for ${name} takes the other one to the new master`, async (t) => {
      const [old, next] = await Promise.all([startRedis(), startRedis()]);
      const proxy = await startProxy(old.port);
      const statuses: StoreStatus[] = [];
      const store = await openStore(`redis://127.0.0.1:${proxy.port}`, {
        lock: createLock(),
        onStatus: (status) => statuses.push(status),
      });
      t.after(async () => {
        await store.close();
        await proxy.close();
        await Promise.all([old.remove(), next.remove()]);
      });
      await store.set(A, 1n, patient);
      // The old master lives on, and its connections do, too.
      proxy.leadTo(next.port);
      proxy.cut(index);
      await until(() => statuses.at(-1) === 'serving', 'it has lost the one and found the other');
      assert.equal(await get(store, 'A'), undefined);
      assert.equal((await store.set(A, 7n, patient)).total, 7n);
      assert.equal(await get(store, 'A'), 7n);
      assert.equal((await store.stats(patient)).total, 7n);
    });
  }

  it('store redis: connections that come to different masters are no store', async (t) => {
    const [old, next] = await Promise.all([startRedis(), startRedis()]);
    const proxy = await startProxy(old.port);
    t.after(async () => {
      await proxy.close();
      await Promise.all([old.remove(), next.remove()]);
    });
    proxy.leadNextTo(next.port);
    const opening = openStore(`redis://127.0.0.1:${proxy.port}`, { lock: createLock() });
    await assert.rejects(opening, { message: /two servers answer at this address/ });
  });

  it('store redis: a master that was demoted and promoted again is looked at anew', async (t) => {
    const [server, other] = await Promise.all([startRedis(), startRedis()]);
    const statuses: StoreStatus[] = [];
    const store = await openStore(server.spec, {
      lock: createLock(),
      onStatus: (status) => statuses.push(status),
    });
    t.after(async () => {
      await store.close();
      await Promise.all([server.remove(), other.remove()]);
    });
    await store.set(A, 1n, patient);
    await server.command('REPLICAOF', '127.0.0.1', String(other.port));
    await until(() => statuses.includes('away'), 'it is a replica');
    await server.command('REPLICAOF', 'NO', 'ONE');
    await until(() => store.status === 'serving', 'it is a master again');
    assert.equal((await store.add(A, 1n, patient)).total, (await store.stats(patient)).total);
  });
});
