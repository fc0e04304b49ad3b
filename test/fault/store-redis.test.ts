import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { NumStoreError } from '../../server/domain/errors.ts';
import { parseKey } from '../../server/domain/key.ts';
import { createLock } from '../../server/domain/lock.ts';
import { openRedisStore, type RedisStoreOptions } from '../../server/store/redis/redis.ts';
import { parseRedisPlace } from '../../server/store/redis-place.ts';
import type { Store, StoreStatus } from '../../server/store/store.ts';
import { type RedisServer, skipRedis, startRedis } from '../support/redis.ts';
import { count } from '../support/scale.ts';
import { patient } from '../support/store-caller.ts';
import { get, list, refuses } from '../support/store-calls.ts';
import { startStoreProcess } from '../support/store-process.ts';
import { until } from '../support/until.ts';

const A = parseKey('A');
const B = parseKey('B');
/** How long Redis may be silent in these tests; long against what it needs, short against their limits. */
const answerMsMax = 400;

describe('on a redis-server with appendfsync always,', { skip: skipRedis }, () => {
  let server: RedisServer;
  let namespaces = 0;
  before(async () => {
    server = await startRedis();
  });
  after(() => server.remove());
  // A test that fails half way must not fail the others.
  beforeEach(() => server.start());

  /** A store of its own on `server`, and the statuses that it reported. */
  const open = async (options: Partial<RedisStoreOptions> = {}): Promise<[Store, StoreStatus[]]> => {
    namespaces += 1;
    const statuses: StoreStatus[] = [];
    const store = await openRedisStore({
      place: parseRedisPlace(server.spec),
      lock: createLock(),
      namespace: `fault-${namespaces}`,
      answerMsMax,
      onStatus: (status) => {
        if (statuses.at(-1) !== status) statuses.push(status);
      },
      ...options,
    });
    return [store, statuses];
  };

  it('store redis: while Redis is away writes are refused as not applied, and it comes back by itself', async () => {
    const [store, statuses] = await open();
    await store.set(A, 1n, patient);
    await server.kill();
    await until(() => store.status === 'away', 'the loss is noticed');
    await refuses('STORE_UNAVAILABLE', store.set(A, 2n, patient));
    await refuses('STORE_UNAVAILABLE', get(store, 'A'));
    await refuses('STORE_UNAVAILABLE', store.stats(patient));
    await server.start();
    await until(() => store.status === 'serving', 'it is back');
    assert.deepEqual(statuses, ['away', 'serving']);
    assert.equal(await get(store, 'A'), 1n);
    assert.deepEqual(await store.add(A, 1n, patient), { value: 2n, total: 2n, revision: 2n });
    await store.close();
  });

  it('store redis: a write that a silent Redis has is of unknown outcome, and takes effect once at most', async () => {
    const [store] = await open();
    await store.set(A, 1n, patient);
    server.pause();
    try {
      await refuses('OUTCOME_UNKNOWN', store.add(A, 1n, patient));
      await refuses('STORE_UNAVAILABLE', store.add(A, 1n, patient));
    } finally {
      server.resume();
    }
    await until(() => store.status === 'serving', 'it is back');
    const stats = await store.stats(patient);
    assert.equal(await get(store, 'A'), stats.total);
    assert.equal(stats.total, stats.revision);
    assert.ok(stats.revision <= 2n);
    await store.close();
  });

  it('store redis: a silent Redis is noticed though nobody asks for anything', async () => {
    const [store] = await open();
    server.pause();
    try {
      await until(() => store.status === 'away', 'the silence is noticed');
    } finally {
      server.resume();
    }
    await until(() => store.status === 'serving', 'it is back');
    await store.close();
  });

  it('store redis: a call ends with its caller, however silent Redis is', async () => {
    const [store] = await open({ answerMsMax: 60_000 });
    const gone = new NumStoreError('DEADLINE_EXCEEDED', 'late');
    server.pause();
    try {
      await assert.rejects(store.set(A, 1n, { signal: AbortSignal.abort(gone) }), gone);
      const controller = new AbortController();
      const calls = [
        store.set(A, 1n, controller),
        store.read(A, () => 0, controller),
        store.stats(controller),
      ];
      controller.abort(gone);
      for (const call of calls) await assert.rejects(call, gone);
    } finally {
      server.resume();
    }
    await store.close();
  });

  it('store redis: a Redis without memory refuses writes and still deletes', async () => {
    const [store] = await open();
    await store.set(A, 1n, patient);
    await server.command('CONFIG', 'SET', 'maxmemory', '1');
    try {
      await refuses('STORE_FULL', store.set(B, 1n, patient));
      await refuses('STORE_FULL', store.add(A, 1n, patient));
      assert.deepEqual(await store.delete(A, patient), { deleted: true, total: 0n, revision: 2n });
    } finally {
      await server.command('CONFIG', 'SET', 'maxmemory', '0');
    }
    assert.equal(await get(store, 'B'), undefined);
    await store.close();
  });

  it('store redis: keys that somebody else wrote are refused before anything changes', async () => {
    for (const [part, ...command] of [
      ['values', 'SET', 'text'],
      ['order', 'SET', 'text'],
      ['total', 'SET', 'text'],
      ['total', 'LPUSH', 'text'],
      ['total', 'HSET', 'text', 'text'],
    ] as const) {
      namespaces += 1;
      const namespace = `foreign-${namespaces}`;
      const [store] = await open({ namespace });
      const [verb, ...texts] = command;
      await server.command(verb, `numstore:{${namespace}}:${part}`, ...texts);
      await refuses('STORE_CORRUPT', store.set(A, 1n, patient));
      const keys = await server.command('KEYS', `numstore:{${namespace}}:*`);
      assert.deepEqual(keys, [`numstore:{${namespace}}:${part}`]);
      await store.close();
    }
  });

  const parts = ['values', 'order', 'total'];
  for (const subset of [[0], [1], [2], [0, 1], [0, 2], [1, 2]].map((at) => at.map((index) => parts[index]))) {
    it(`store redis: without ${subset.join(' and ')} a namespace is data loss to writes, reads, pages and stats`, async () => {
      for (const second of [595n, -5n]) {
        namespaces += 1;
        const namespace = `lost-${namespaces}`;
        const [store, statuses] = await open({ namespace });
        await store.set(A, 5n, patient);
        await store.set(B, second, patient);
        for (const part of subset) await server.command('DEL', `numstore:{${namespace}}:${part}`);
        for (const call of [
          () => store.set(A, 1n, patient),
          () => store.add(B, 1n, patient),
          () => store.delete(A, patient),
          () => list(store, {}),
          () => store.stats(patient),
          () => get(store, 'C'),
        ]) {
          await refuses('STORE_CORRUPT', call());
        }
        await until(() => statuses.at(-1) === 'away', 'it cannot do its work');
        await store.close();
        await refuses('STORE_CORRUPT', open({ namespace }));
      }
    });
  }

  it('store redis: what is lost or changed inside a part is data loss where it shows', async () => {
    for (const [command, part, ...rest] of [
      ['HDEL', 'values', 'A'],
      ['ZREM', 'order', 'A'],
      ['HSET', 'values', 'foreign', '1'],
      ['HSET', 'total', 'foreign', '1'],
      ['HDEL', 'total', 'keys'],
      ['HSET', 'total', 'keys', '01'],
      ['HSET', 'total', 'total', '9223372036854775808'],
      ['HSET', 'total', 'revision', 'x'],
      ['HSET', 'values', 'A', 'x'],
      ['HSET', 'values', 'A', '9223372036854775808'],
      ['HSET', 'values', 'A', '-0'],
    ] as const) {
      namespaces += 1;
      const namespace = `changed-${namespaces}`;
      const [store] = await open({ namespace });
      await store.set(A, 5n, patient);
      await store.set(B, 6n, patient);
      await server.command(command, `numstore:{${namespace}}:${part}`, ...rest);
      await refuses('STORE_CORRUPT', store.set(A, 1n, patient));
      await refuses('STORE_CORRUPT', store.delete(A, patient));
      await store.close();
    }
  });

  it('store redis: a namespace of an older version goes on with its numbers', async () => {
    const namespace = 'older';
    const key = (part: string): string => `numstore:{${namespace}}:${part}`;
    const write = async (): Promise<void> => {
      await server.command('HSET', key('values'), 'A', '5', 'B', '-7');
      await server.command('ZADD', key('order'), '0', 'A', '0', 'B');
      await server.command('SET', key('total'), '-2');
      await server.command('SET', key('revision'), '9');
    };
    await write();
    const [store] = await open({ namespace });
    assert.deepEqual(await store.stats(patient), { keys: 2, total: -2n, revision: 9n });
    assert.deepEqual(await store.add(A, 1n, patient), { value: 6n, total: -1n, revision: 10n });
    // A dump of that time was restored meanwhile.
    await server.command('DEL', ...['values', 'order', 'total'].map(key));
    await write();
    assert.deepEqual(await store.add(A, 1n, patient), { value: 6n, total: -1n, revision: 10n });
    assert.equal(await server.command('EXISTS', key('revision')), 0);
    await store.close();

    await server.command('DEL', ...['values', 'order', 'total'].map(key));
    await write();
    await server.command('DEL', key('revision'));
    await refuses('STORE_CORRUPT', open({ namespace }));
  });

  it('store redis: scripts that Redis has forgotten are sent again', async () => {
    const [store] = await open();
    await store.set(A, 1n, patient);
    await server.command('SCRIPT', 'FLUSH');
    assert.equal((await store.set(B, 2n, patient)).total, 3n);
    await store.close();
  });

  it('store redis: namespaces on one Redis do not see each other', async () => {
    const [[one], [other]] = await Promise.all([open(), open()]);
    await one.set(A, 1n, patient);
    assert.equal((await other.set(B, 2n, patient)).total, 2n);
    assert.equal(await get(other, 'A'), undefined);
    await Promise.all([one.close(), other.close()]);
  });

  const processCount = 4;
  const callCount = count(200, 8000);
  it(`store redis: ${processCount} processes x ${callCount} writes make one exact total, and every answer is explained`, async () => {
    const namespace = 'shared';
    const processes = Array.from({ length: processCount }, (_, index) =>
      startStoreProcess({
        spec: server.spec,
        namespace,
        writers: 8,
        count: callCount,
        name: `p${index % 2}`,
      }),
    );
    await Promise.all(processes.map(({ ended }) => ended));
    const acks = processes.flatMap((one) => one.acks);
    assert.equal(acks.length, processCount * callCount);
    acks.sort((a, b) => Number(a.revision - b.revision));
    const values = new Map<string, bigint>();
    let total = 0n;
    for (const [index, ack] of acks.entries()) {
      const before = values.get(ack.key) ?? 0n;
      const now = ack.kind === 'add' ? before + 1n : ack.number;
      values.set(ack.key, now);
      total += now - before;
      assert.equal(ack.revision, BigInt(index + 1));
      assert.equal(ack.total, total, `revision ${ack.revision}`);
    }
    const [store] = await open({ namespace });
    assert.deepEqual(await store.stats(patient), { keys: values.size, total, revision: BigInt(acks.length) });
    await store.close();
  });
});

describe('where there is no Redis,', () => {
  it('store redis: opening fails, and names the address but no password', async () => {
    const place = parseRedisPlace('redis://user:secret@127.0.0.1:1/0');
    await assert.rejects(openRedisStore({ place, lock: createLock() }), (error) => {
      assert.ok(error instanceof NumStoreError && error.code === 'STORE_UNAVAILABLE');
      assert.match(error.message, /redis:\/\/127\.0\.0\.1:1\/0/);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });
});
