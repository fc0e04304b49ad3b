import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { credentials, status as Status } from '@grpc/grpc-js';
import {
  HealthClient,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../../generated/grpc/health/v1/health.ts';
import { connectExtended } from '../support/extended.ts';
import { run, serverProgram } from '../support/process.ts';
import { type RedisServer, skipRedis, startRedis } from '../support/redis.ts';
import { count } from '../support/scale.ts';
import { startServer } from '../support/server.ts';
import { until } from '../support/until.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'numstore-e2e-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const program = serverProgram;

test('lmdb: what was acknowledged is there after SIGTERM and after SIGKILL', async () => {
  const store = `lmdb:${folder}`;
  let server = await startServer(['--store', store]);
  let nums = connectExtended(server.address);
  await nums.set('a', 5n);
  await nums.add('a', 1n);
  nums.close();
  assert.equal((await server.stop()).code, 0);

  server = await startServer(['--store', store]);
  nums = connectExtended(server.address);
  assert.deepEqual(await nums.get('a'), { value: 6n, found: true });
  assert.deepEqual(await nums.set('b', 10n), { reply: { total: 16n }, revision: 3n });
  server.process.kill('SIGKILL');
  await server.stop();
  nums.close();

  server = await startServer(['--store', store]);
  nums = connectExtended(server.address);
  const stats = await nums.stats();
  assert.deepEqual([stats.store, stats.keys, stats.total, stats.revision], ['lmdb', 2n, 16n, 3n]);
  nums.close();
  await server.stop();
});

test('lmdb: a second server on the same directory is told so in one line, and exits 1', async () => {
  const server = await startServer(['--store', `lmdb:${folder}`]);
  const second = await run([...program, '--port', '0', '--store', `lmdb:${folder}`]);
  assert.equal(second.code, 1);
  assert.match(second.stderr, /^The store in .* is in use by process \d+: stop it first.*\n$/);
  await server.stop();
});

test('backup and verify: a copy of a store in use is sound and complete; faults are one line each', async () => {
  const original = join(folder, 'original');
  await mkdir(original);
  const server = await startServer(['--store', `lmdb:${original}`]);
  const nums = connectExtended(server.address);
  await nums.set('a', 16n);
  await nums.set('b', 100n);
  const copy = join(folder, 'copy');
  const backup = await run([...program, 'backup', original, copy]);
  assert.deepEqual([backup.code, backup.stderr], [0, '']);
  assert.match(backup.stdout, /copy is a sound copy of .* total 116/);
  nums.close();
  await server.stop();

  // From the sources, so that the process that does the reading is started as one of them, too.
  const sources = [process.execPath, '--import', 'tsx', 'server/main.ts'];
  const verify = await run([...sources, 'verify', copy]);
  assert.equal(verify.code, 0);
  assert.match(verify.stdout, /is sound: 2 keys, total 116/);
  const nothing = await run([...program, 'verify', join(folder, 'nothing')]);
  assert.equal(nothing.code, 1);
  assert.equal(nothing.stderr.trim().split('\n').length, 1);
  assert.equal((await run([...program, 'backup', original])).code, 2);
});

test('stores: one that cannot be opened is one clear line, and the server exits 1', async () => {
  const places = ['lmdb:/proc/nowhere', 'redis://127.0.0.1:1/0'];
  for (const place of places) {
    const { code, stderr } = await run([...program, '--port', '0', '--store', place]);
    assert.equal(code, 1, place);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
  }
  assert.equal((await run([...program, '--store', 'mysql://x'])).code, 2);
});

const operations = count(640, 32_000);

test(`redis: 4 servers share one state: ${operations} operations, the total exact, every answered total explained`, {
  skip: skipRedis,
}, async () => {
  const redis = await startRedis();
  const servers = await Promise.all(Array.from({ length: 4 }, () => startServer(['--store', redis.spec])));
  const clients = servers.map(({ address }) => connectExtended(address));
  const writes: { key: string; value: bigint; total: bigint; revision: bigint }[] = [];
  await Promise.all(
    Array.from({ length: 32 }, async (_, index) => {
      const nums = clients[index % clients.length] ?? assert.fail();
      for (let step = 0; step < operations / 32; step++) {
        const key = `key-${(index * 7 + step) % 50}`;
        const value = BigInt(index * 1_000_003 + step) * 2n ** 30n;
        const { reply, revision } = await nums.set(key, value);
        writes.push({ key, value, total: reply.total, revision: revision ?? assert.fail() });
      }
    }),
  );

  const values = new Map<string, bigint>();
  let total = 0n;
  writes.sort((a, b) => (a.revision < b.revision ? -1 : 1));
  for (const [index, write] of writes.entries()) {
    assert.equal(write.revision, BigInt(index + 1));
    total += write.value - (values.get(write.key) ?? 0n);
    values.set(write.key, write.value);
    assert.equal(write.total, total);
  }
  for (const nums of clients) assert.equal((await nums.stats()).total, total);
  for (const nums of clients) nums.close();
  await Promise.all(servers.map((server) => server.stop()));
  await redis.remove();
});

test('redis: while it is away the services are NOT_SERVING and calls UNAVAILABLE; when it is back, all is well', {
  skip: skipRedis,
}, async () => {
  const redis: RedisServer = await startRedis();
  const server = await startServer(['--store', redis.spec]);
  const nums = connectExtended(server.address);
  const health = new HealthClient(server.address, credentials.createInsecure(), {
    'grpc.enable_http_proxy': 0,
  });
  const statusOf = (service: string): Promise<ServingStatus> =>
    new Promise((resolve, reject) => {
      health.check({ service }, (error, reply) => (error ? reject(error) : resolve(reply.status)));
    });
  await nums.set('k', 5n);
  await redis.kill();
  await until(async () => (await statusOf('NumStore')) === ServingStatus.NOT_SERVING, 'NOT_SERVING');
  assert.equal(await statusOf(''), ServingStatus.SERVING);
  await assert.rejects(nums.set('k', 6n), { code: Status.UNAVAILABLE });
  await redis.start();
  await until(async () => (await statusOf('NumStoreExtended')) === ServingStatus.SERVING, 'SERVING');
  assert.deepEqual(await nums.get('k'), { value: 5n, found: true });
  assert.equal((await nums.set('k', 6n)).reply.total, 6n);
  nums.close();
  health.close();
  await server.stop();
  await redis.remove();
});
