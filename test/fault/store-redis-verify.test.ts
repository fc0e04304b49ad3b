import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { parseKey } from '../../server/domain/key.ts';
import { createLock } from '../../server/domain/lock.ts';
import { openStore } from '../../server/store/open.ts';
import { run, serverProgram } from '../support/process.ts';
import { type RedisServer, skipRedis, startRedis } from '../support/redis.ts';
import { patient } from '../support/store-caller.ts';

describe('verify redis://...', { skip: skipRedis }, () => {
  let server: RedisServer;
  let namespaces = 0;
  before(async () => {
    server = await startRedis({ appendfsync: 'no' });
  });
  after(() => server.remove());

  const fill = async (): Promise<string> => {
    namespaces += 1;
    const namespace = `verify-${namespaces}`;
    const store = await openStore(server.spec, { lock: createLock(), namespace });
    await Promise.all([1n, 2n, 3n].map((value) => store.set(parseKey(`k${value}`), value, patient)));
    await store.close();
    return namespace;
  };
  const verify = (namespace: string) =>
    run([...serverProgram, 'verify', server.spec, '--namespace', namespace]);

  it('verify: a sound namespace is told with its keys, total and revision', async () => {
    const { code, stdout, stderr } = await verify(await fill());
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /namespace verify-1, is sound: 3 keys, total 6, revision 3\n$/);
  });

  for (const [what, ...command] of [
    ['a value of another number', 'HSET', 'values', 'k1', '5'],
    ['a value that is text', 'HSET', 'values', 'k1', 'x'],
    ['a value beyond int64', 'HSET', 'values', 'k1', '9223372036854775808'],
    ['a key that is out of order', 'ZADD', 'order', '1', 'k1'],
    ['a total of another number', 'HSET', 'total', 'total', '7'],
    ['a lost key', 'HDEL', 'values', 'k1'],
  ]) {
    it(`verify: ${what} is one sentence and exit code 1`, async () => {
      const namespace = await fill();
      const [verb = '', part = '', ...rest] = command;
      await server.command(verb, `numstore:{${namespace}}:${part}`, ...rest);
      const { code, stderr } = await verify(namespace);
      assert.equal(code, 1, stderr);
      assert.equal(stderr.trim().split('\n').length, 1, stderr);
      assert.match(stderr, /damaged|CORRUPT/);
    });
  }

  it('verify: a key whose value was exchanged for that of another is damaged', async () => {
    const namespace = await fill();
    await server.command('HDEL', `numstore:{${namespace}}:values`, 'k3');
    await server.command('HSET', `numstore:{${namespace}}:values`, 'other', '3');
    const { code, stderr } = await verify(namespace);
    assert.equal(code, 1, stderr);
  });
});
