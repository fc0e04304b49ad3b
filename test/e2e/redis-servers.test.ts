import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { credentials, status as Status } from '@grpc/grpc-js';
import {
  HealthClient,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../../generated/grpc/health/v1/health.ts';
import { createCertificateFolder } from '../support/certificates.ts';
import { connectExtended } from '../support/extended.ts';
import { run, serverProgram } from '../support/process.ts';
import { skipRedis, startRedis } from '../support/redis.ts';
import { startCluster } from '../support/redis-cluster.ts';
import { startSentinels } from '../support/redis-sentinel.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { until } from '../support/until.ts';
import { runVerified, verdictOf } from '../support/verified-run.ts';

/** Three servers on one store, and a run over all of them while `disturb` goes on. */
async function proveThree(
  t: TestContext,
  store: readonly string[],
  disturb: (goOn: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const servers = await Promise.all([1, 2, 3].map(() => startServer(store)));
  t.after(() => Promise.all(servers.map((server) => server.stop())));
  const [first = assert.fail()] = servers;
  const nums = connectExtended(first.address);
  t.after(() => nums.close());
  const hosts = servers.map(({ address }) => address).join(',');
  const mix = 'SetNum=4,Fact=2,GetNum=2,AddNum=1,DeleteNum=1';
  const flags = [
    String(first.port),
    '--host',
    hosts,
    '--duration',
    '10s',
    '--in-flight',
    '8',
    '--keys',
    '50',
    '--mix',
    mix,
  ];
  const running = runVerified(...flags, '--fresh');
  let isOver = false;
  const ended = running.finally(() => {
    isOver = true;
  });
  const goOn = async (): Promise<void> => {
    const goal = (await nums.stats()).revision + 100n;
    await until(async () => isOver || (await nums.stats()).revision > goal, 'writes go on');
  };
  await goOn();
  await disturb(goOn);
  const { stdout } = await ended;
  assert.match(verdictOf(stdout), /^Verified: 0 violations in \d+ operations$/m, stdout);
}

test('redis cluster: three servers under load explain every answer through a reshard and a failover', {
  skip: skipRedis,
}, async (t) => {
  const cluster = await startCluster();
  t.after(() => cluster.remove());
  const [node = assert.fail()] = cluster.nodes;
  const slot = await cluster.slotOf('default');
  const keys = ['values', 'order', 'total'].map((part) => `numstore:{default}:${part}`);
  await proveThree(t, ['--store', `redis://127.0.0.1:${node.port}`], async (goOn) => {
    const from = await cluster.ownerOf(slot);
    const to = cluster.nodes.slice(0, 3).find((other) => other !== from) ?? assert.fail();
    await cluster.beginMove(slot, from, to);
    for (const key of keys) await cluster.moveKeys(from, to, key);
    await cluster.endMove(slot, to);
    await goOn();
    const [replica = assert.fail()] = await cluster.replicasOf(to);
    await replica.command('CLUSTER', 'FAILOVER');
    await until(async () => (await cluster.ownerOf(slot)) === replica, 'the replica owns the slot');
  });
});

test('redis sentinel: three servers under load explain every answer through a failover', {
  skip: skipRedis,
}, async (t) => {
  const group = await startSentinels();
  t.after(() => group.remove());
  // Both replicas confirm each write, so that whichever is promoted has it.
  await proveThree(t, ['--store', group.spec, '--redis-wait', '2'], async () => {
    const master = await group.master();
    await master.kill();
    await until(async () => (await group.master()) !== master, 'another one is the master');
    const promoted = await group.master();
    await master.start();
    await master.command('REPLICAOF', '127.0.0.1', String(promoted.port));
    await until(async () => (await promoted.command('WAIT', '2', '1000')) === 2, 'both replicas follow');
  });
});

test('redis: a store that cannot do its work is not ready, and /readyz, health and the log say why', {
  skip: skipRedis,
}, async (t) => {
  const redis = await startRedis();
  t.after(() => redis.remove());
  const server = await startServer(['--store', redis.spec, '--metrics-port', '0']);
  t.after(() => server.stop());
  const { port } = await server.logged('metrics');
  const health = new HealthClient(server.address, credentials.createInsecure(), {
    'grpc.enable_http_proxy': 0,
  });
  t.after(() => health.close());
  const nums = connectExtended(server.address);
  t.after(() => nums.close());
  const readiness = async (): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`);
    return `${response.status} ${await response.text()}`;
  };
  const isServing = (): Promise<boolean> =>
    new Promise((resolve, reject) => {
      health.check({ service: 'NumStore' }, (error, reply) =>
        error ? reject(error) : resolve(reply.status === ServingStatus.SERVING),
      );
    });
  await nums.set('k', 1n);
  assert.equal(await readiness(), '200 ready\n');
  await redis.command('ACL', 'SETUSER', 'default', '-evalsha');
  await until(async () => (await readiness()).startsWith('503'), 'it is not ready');
  assert.match(await readiness(), /^503 not ready: the store is away: NOPERM .*evalsha/);
  assert.equal(await isServing(), false);
  await assert.rejects(nums.set('k', 2n), { code: Status.UNAVAILABLE });
  await redis.command('ACL', 'SETUSER', 'default', '+@all');
  await until(async () => (await readiness()) === '200 ready\n', 'it is ready again');
  assert.equal(await isServing(), true);
  assert.equal((await nums.set('k', 3n)).reply.total, 3n);
  assert.equal(reasonsOf(server).filter((reason) => reason.includes('NOPERM')).length, 1);
});

function reasonsOf({ log }: RunningServer): readonly string[] {
  return log.filter(({ event }) => event === 'the store is away').map(({ error }) => JSON.stringify(error));
}

test('redis over TLS: files, a password in a file, and their rotation, as settings of the server', {
  skip: skipRedis,
}, async (t) => {
  const folder = createCertificateFolder();
  t.after(() => folder.remove());
  const [old, next] = ['old', 'next'].map((name) => folder.createAuthority(name));
  assert.ok(old !== undefined && next !== undefined);
  const own = old.issue('redis', { names: 'DNS:redis.example' });
  const client = old.issue('client');
  const password = 'p#%@/ 1';
  const redis = await startRedis({
    client: { password, tls: { rejectUnauthorized: false, cert: client.cert, key: client.key } },
    settings: {
      requirepass: password,
      'tls-cert-file': own.certFile,
      'tls-key-file': own.keyFile,
      'tls-ca-cert-file': old.file,
    },
  });
  t.after(() => redis.remove());
  const write = (name: string, text: string): string => {
    const path = join(folder.path, name);
    writeFileSync(path, text);
    return path;
  };
  const ca = write('ca.pem', old.cert);
  const flags = [
    ...['--store', `rediss://127.0.0.1:${redis.port}`, '--store-tls-server-name', 'redis.example'],
    ...['--store-tls-ca', ca, '--store-tls-cert', client.certFile, '--store-tls-key', client.keyFile],
    ...['--store-password-file', write('password', `${password}\n`)],
  ];
  const server = await startServer(flags);
  t.after(() => server.stop());
  const nums = connectExtended(server.address);
  t.after(() => nums.close());
  assert.equal((await nums.set('k', 1n)).reply.total, 1n);

  const rotated = next.issue('redis', { names: 'DNS:redis.example' });
  write('ca.pem', next.cert);
  await server.logged('credentials reloaded');
  await redis.command('CONFIG', 'SET', 'tls-cert-file', rotated.certFile, 'tls-key-file', rotated.keyFile);
  assert.equal((await nums.set('k', 2n)).reply.total, 2n, 'an open connection stays');
  await redis.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await server.logged('the store is back');
  assert.equal((await nums.set('k', 3n)).reply.total, 3n);
  assert.ok(!JSON.stringify(server.log).includes('p#%'), 'no password is in the log');
});

test('redis: a password that cannot be parsed is not printed, and the way to write it is', async () => {
  for (const [raw, encoded] of [
    ['s3#cr', '%23'],
    ['s3%cr', '%25'],
    ['s3@cr', '%40'],
    ['s3/cr', '%2F'],
  ] as const) {
    const { code, stdout, stderr } = await run([...serverProgram, '--store', `redis://:${raw}@127.0.0.1`]);
    assert.equal(code, 2);
    assert.ok(stderr.includes(encoded), stderr);
    assert.doesNotMatch(stdout + stderr, /s3|cr@/, stderr);
  }
});

test('memory: under a cluster manager each process warns once that its total is its own', async () => {
  const primary = `
    import cluster from 'node:cluster';
    const [program, ...execArgv] = ${JSON.stringify([...serverProgram].slice(1).reverse())};
    cluster.setupPrimary({ exec: program, args: process.argv.slice(1), execArgv: execArgv.reverse() });
    cluster.fork();
    cluster.fork();
    process.on('SIGTERM', () => {
      for (const { process } of Object.values(cluster.workers)) process.kill('SIGTERM');
    });`;
  const command = [process.execPath, '--input-type=module', '--eval', primary, '--'];
  const warningsOf = (server: RunningServer): number =>
    server.log.filter(({ event }) => event.startsWith('a cluster manager started this server')).length;
  const server = await startServer([], command);
  await until(() => server.log.filter(({ event }) => event === 'listening').length === 2, 'both listen');
  await server.stop();
  assert.equal(warningsOf(server), 2, 'one of each process');
  const alone = await startServer();
  await alone.stop();
  assert.equal(warningsOf(alone), 0);
});
