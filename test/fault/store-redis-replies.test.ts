import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { ErrorCode } from '../../server/domain/errors.ts';
import { parseKey } from '../../server/domain/key.ts';
import { createLock } from '../../server/domain/lock.ts';
import { openStore } from '../../server/store/open.ts';
import type { Store, StoreLoss } from '../../server/store/store.ts';
import { root } from '../support/process.ts';
import { type RedisServer, skipRedis, startRedis } from '../support/redis.ts';
import { patient } from '../support/store-caller.ts';
import { get, list, refuses } from '../support/store-calls.ts';
import { until } from '../support/until.ts';

const A = parseKey('A');
const B = parseKey('B');

/** A state of Redis in which it answers with `code`, and what the store makes of that. */
interface Case {
  readonly code: string;
  readonly begin: readonly (readonly string[])[];
  readonly end: readonly (readonly string[])[];
  /** What writes and reads are answered; `undefined` if they are served. */
  readonly write: ErrorCode;
  readonly read: ErrorCode | undefined;
  readonly isReady?: boolean;
}

const cases: readonly Case[] = [
  {
    code: 'NOREPLICAS',
    begin: [['CONFIG', 'SET', 'min-replicas-to-write', '1']],
    end: [['CONFIG', 'SET', 'min-replicas-to-write', '0']],
    write: 'STORE_UNAVAILABLE',
    read: undefined,
  },
  {
    code: 'MISCONF',
    // A snapshot cannot be written to a folder of devices.
    begin: [
      ['CONFIG', 'SET', 'save', '3600 1'],
      ['CONFIG', 'SET', 'dbfilename', 'numstore-none.rdb'],
      ['CONFIG', 'SET', 'dir', '/proc'],
      ['BGSAVE'],
    ],
    end: [['CONFIG', 'SET', 'save', '']],
    write: 'STORE_UNAVAILABLE',
    read: undefined,
  },
  {
    code: 'NOPERM',
    begin: [['ACL', 'SETUSER', 'default', '-evalsha']],
    end: [['ACL', 'SETUSER', 'default', '+@all']],
    write: 'STORE_UNAVAILABLE',
    read: undefined,
  },
  {
    code: 'OOM',
    begin: [['CONFIG', 'SET', 'maxmemory', '1']],
    end: [['CONFIG', 'SET', 'maxmemory', '0']],
    write: 'STORE_FULL',
    read: undefined,
    isReady: true,
  },
  {
    code: 'READONLY',
    begin: [['REPLICAOF', '127.0.0.1', '1']],
    end: [['REPLICAOF', 'NO', 'ONE']],
    write: 'STORE_UNAVAILABLE',
    read: 'STORE_UNAVAILABLE',
  },
];

describe('whatever a redis-server answers,', { skip: skipRedis }, () => {
  let server: RedisServer;
  let namespaces = 0;
  before(async () => {
    server = await startRedis({ appendfsync: 'no', settings: { 'enable-protected-configs': 'yes' } });
  });
  after(() => server.remove());
  beforeEach(() => server.start());

  const open = async (): Promise<[Store, string[], string]> => {
    namespaces += 1;
    const namespace = `replies-${namespaces}`;
    const reasons: string[] = [];
    const store = await openStore(server.spec, {
      lock: createLock(),
      namespace,
      onStatus: (status, cause) =>
        reasons.push(status === 'serving' ? status : cause instanceof Error ? cause.message : String(cause)),
    });
    return [store, reasons, namespace];
  };

  for (const { code, begin, end, write, read, isReady = false } of cases) {
    it(`store redis: ${code} is not applied, ${isReady ? 'ready' : 'away with that reason'}, and passes`, async () => {
      const [store, reasons] = await open();
      await store.set(A, 1n, patient);
      for (const command of begin) await server.command(...command);
      if (code === 'MISCONF') {
        await until(
          async () => String(await server.command('INFO', 'persistence')).includes('bgsave_status:err'),
          'the snapshot has failed',
        );
      }
      await refuses(write, store.set(A, 2n, patient));
      if (isReady) assert.equal(store.status, 'serving');
      else {
        await until(() => store.status === 'away', 'it is away');
        const expected = code === 'READONLY' ? /READONLY|it is a replica/ : new RegExp(code);
        await until(() => reasons.some((reason) => expected.test(reason)), 'the reason is told');
      }
      if (read === undefined) assert.equal(await get(store, 'A'), 1n);
      else await refuses(read, get(store, 'A'));
      for (const command of end) await server.command(...command);
      await until(() => store.status === 'serving', 'it is back');
      assert.equal(new Set(reasons).size, reasons.length, 'each reason is told once');
      assert.deepEqual(await store.add(A, 5n, patient), { value: 6n, total: 6n, revision: 2n });
      await store.close();
    });
  }

  it('store redis: scripts and functions that Redis has forgotten refuse nothing', async () => {
    const [store] = await open();
    let total = 0n;
    for (const command of [['SCRIPT', 'FLUSH'], ['FUNCTION', 'FLUSH'], ['FLUSHALL'], ['SCRIPT', 'FLUSH']]) {
      await server.command(...command);
      if (command[0] === 'FLUSHALL') total = 0n;
      total += 1n;
      assert.equal((await store.add(A, 1n, patient)).total, total, command.join(' '));
      assert.equal((await store.stats(patient)).total, total);
    }
    await store.close();
  });

  it('store redis: acknowledged writes that are gone are told once, from which revision to which', async () => {
    const losses: StoreLoss[] = [];
    const namespace = 'gone';
    const store = await openStore(server.spec, {
      lock: createLock(),
      namespace,
      onLoss: (loss) => losses.push(loss),
    });
    await store.set(A, 1n, patient);
    await store.set(A, 2n, patient);
    await server.command('DEL', ...['values', 'order', 'total'].map((part) => `numstore:{gone}:${part}`));
    await until(() => losses.length > 0, 'the loss is told');
    assert.equal((await store.set(A, 3n, patient)).revision, 1n);
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await until(() => store.status === 'away', 'the connections are gone');
    await until(() => store.status === 'serving', 'it is back');
    assert.deepEqual(losses, [{ acknowledged: 2n, found: 0n }]);
    await store.close();
  });

  it('store redis: CLUSTERDOWN is the reason of a start that fails, and later passes', async (t) => {
    const node = await startRedis({ appendfsync: 'no', settings: { 'cluster-enabled': 'yes' } });
    t.after(() => node.remove());
    await assert.rejects(openStore(node.spec, { lock: createLock() }), { message: /CLUSTERDOWN/ });
    await node.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    const reasons: string[] = [];
    await until(async () => String(await node.command('CLUSTER', 'INFO')).includes('state:ok'), 'it is up');
    const store = await openStore(node.spec, {
      lock: createLock(),
      onStatus: (_status, cause) => cause instanceof Error && reasons.push(cause.message),
    });
    await store.set(A, 1n, patient);
    await node.command('CLUSTER', 'DELSLOTS', '0');
    await until(() => reasons.some((reason) => reason.includes('CLUSTERDOWN')), 'it is away');
    await refuses('STORE_UNAVAILABLE', store.set(A, 2n, patient));
    await node.command('CLUSTER', 'ADDSLOTS', '0');
    await until(() => store.status === 'serving', 'it is back');
    assert.equal((await store.add(A, 1n, patient)).revision, 2n);
    await store.close();
  });

  it('store redis: BUSY is not applied, and passes', async () => {
    const [store, reasons] = await open();
    await store.set(A, 1n, patient);
    await server.command('CONFIG', 'SET', 'busy-reply-threshold', '50');
    const endless = server.command('EVAL', 'while true do end', '0').catch(() => undefined);
    await until(() => reasons.some((reason) => reason.includes('BUSY')), 'it is away');
    await refuses('STORE_UNAVAILABLE', store.set(A, 2n, patient));
    await server.command('SCRIPT', 'KILL');
    await endless;
    await until(() => store.status === 'serving', 'it is back');
    assert.equal((await store.add(A, 1n, patient)).revision, 2n);
    await store.close();
  });

  it('store redis: a store that Redis has no memory left for can be emptied, also after a restart', async () => {
    const [store] = await open();
    const keys = ['a', 'b', 'c'].map(parseKey);
    for (const key of keys) await store.set(key, 1n, patient);
    await server.kill();
    await server.start();
    // Nothing is loaded in the new process, and nothing can be.
    await server.command('CONFIG', 'SET', 'maxmemory', '1');
    await until(() => store.status === 'serving', 'it is back');
    await refuses('STORE_FULL', store.set(B, 1n, patient));
    for (const key of keys) assert.equal((await store.delete(key, patient)).deleted, true);
    assert.deepEqual(await store.stats(patient), { keys: 0, total: 0n, revision: 6n });
    await server.command('CONFIG', 'SET', 'maxmemory', '0');
    assert.equal((await store.set(B, 1n, patient)).total, 1n);
    await store.close();
  });

  it('store redis: a full Redis undoes a delete whose total would overflow', async () => {
    const [store] = await open();
    const [low, high, one] = ['low', 'high', 'one'].map(parseKey);
    assert.ok(low !== undefined && high !== undefined && one !== undefined);
    await store.set(low, -(2n ** 63n), patient);
    await store.set(high, 2n ** 63n - 1n, patient);
    await store.set(one, 1n, patient);
    await server.command('CONFIG', 'SET', 'maxmemory', '1');
    try {
      await refuses('OVERFLOW', store.delete(low, patient));
      assert.equal((await store.stats(patient)).total, 0n);
    } finally {
      await server.command('CONFIG', 'SET', 'maxmemory', '0');
    }
    await store.close();
  });

  it('store redis: a user without one of the rights is refused at the start by name of what is missing', async () => {
    const user = ['ACL', 'SETUSER', 'part', 'on', '>secret', '~*', '+@all'];
    const spec = server.spec.replace('//', '//part:secret@');
    await server.command(...user);
    for (const right of ['hset', 'hincrby', 'zadd', 'zrem', 'zscore', 'hget', 'hdel', 'hlen', 'evalsha']) {
      await server.command(...user, `-${right}`);
      await assert.rejects(openStore(spec, { lock: createLock(), namespace: 'rights' }), (error) => {
        assert.match(String(error), /NOPERM|can't run this command/, right);
        return true;
      });
    }
    const page = readFileSync(join(root, 'docs/operations.md'), 'utf8');
    const [, least = ''] = /or at least `([^`]+)`/.exec(page) ?? [];
    const documented = least.split(/\s+/).map((name) => `+${name}`);
    assert.ok(documented.length > 10, least);
    for (const rights of [['+@all', '-@dangerous'], documented, [...documented, '+info']]) {
      await server.command('ACL', 'SETUSER', 'part', 'reset', 'on', '>secret', '~numstore:*', ...rights);
      const store = await openStore(spec, { lock: createLock(), namespace: 'rights' });
      await store.set(A, 1n, patient);
      assert.equal(await get(store, 'A'), 1n);
      assert.equal((await list(store, {})).length, 1);
      assert.equal((await store.delete(A, patient)).total, 0n);
      await store.close();
    }
  });

  it('store redis: a right that is taken away between two changes is data loss, and no silence', async () => {
    const [store, reasons] = await open();
    await store.set(A, 1n, patient);
    await server.command('ACL', 'SETUSER', 'default', '-zadd');
    try {
      await refuses('STORE_CORRUPT', store.set(B, 1n, patient));
      await until(() => reasons.length > 0, 'it is away');
    } finally {
      await server.command('ACL', 'SETUSER', 'default', '+@all');
    }
    await store.close();
  });
});
