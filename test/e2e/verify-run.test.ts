import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { openClient } from '../../client/api/client.ts';
import { UsageError } from '../../client/cli/exit.ts';
import { cacheFaults } from '../support/faulty/faults/cache.ts';
import { lockFaults } from '../support/faulty/faults/lock.ts';
import { correct, type Rules } from '../support/faulty/memory.ts';
import { serveRules } from '../support/faulty/serve.ts';
import { count } from '../support/scale.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { until } from '../support/until.ts';
import { runVerified, verdictOf } from '../support/verified-run.ts';

async function serve(t: TestContext, ...flags: readonly string[]): Promise<RunningServer> {
  const server = await startServer(flags);
  t.after(() => server.stop());
  return server;
}

async function servePort(t: TestContext, rules: Rules): Promise<string> {
  const server = await serveRules(rules);
  t.after(() => server.close());
  return `${server.port}`;
}

async function openFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'numstore-verify-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

let [native, grpcJs]: RunningServer[] = [];

before(async () => {
  [native, grpcJs] = await Promise.all([
    startServer(['--transport', 'native']),
    startServer(['--transport', 'grpc-js']),
  ]);
});
after(() => Promise.all([native?.stop(), grpcJs?.stop()]));

for (const [transport, client] of [
  ['grpc-js', 'grpc-js'],
  ['native', 'light'],
] as const) {
  test(`verify: the exercise's run by --client ${client} on our server, ${transport}, has 0 violations, and its figures are there as ever`, async () => {
    const port = (transport === 'native' ? native : grpcJs)?.port ?? 0;
    const flags = ['--fresh', '--threads', '2', '--requests', '100', '--keys', '20', '--client', client];
    const { code, stdout, stderr } = await runVerified(`${port}`, ...flags);
    assert.deepEqual([code, stderr], [0, ''], stdout);
    assert.match(stdout, /^p99 response time: .* of all 200 replies took/m);
    // 200 of the load; 1 + 20 writes before it; a write and 20 reads after it
    assert.match(verdictOf(stdout), /^Verified: 0 violations in 242 operations\n( {2}\S.*\n){4}$/);
  });
}

for (const kind of ['ours', 'of the exercise'] as const) {
  test(`verify: --fresh refuses a server that was used in one sentence: a server ${kind}`, async (t) => {
    const port = kind === 'ours' ? `${(await serve(t)).port}` : await servePort(t, correct);
    await using other = await openClient({ port: Number(port) });
    await other.setNum('used', 7n);
    const refusal = /^--fresh: expected an unused server, got a used one \(.*\): start it anew/;
    await assert.rejects(
      runVerified(port, '--fresh', '--requests', '50'),
      (error) => error instanceof UsageError && refusal.test(error.message),
    );
  });
}

test('verify: all calls of the load tester, open loop, beside entries of others; --json has the verdict', async (t) => {
  const port = native?.port ?? 0;
  await using other = await openClient({ port });
  await other.setNum('somebody else’s', 2n ** 62n);
  const json = join(await openFolder(t), 'run.json');
  const mix = 'SetNum=3,Fact=3,GetNum=2,AddNum=1,DeleteNum=1';
  const flags = `--rate ${count(400, 4000)} --duration 1s --in-flight 8 --keys 10 --mix ${mix} --timing --json ${json}`;
  const { code, stdout } = await runVerified(`${port}`, ...flags.split(' '));
  assert.equal(code, 0, stdout);
  assert.match(verdictOf(stdout), /^Verified: 0 violations in \d+ operations$/m);
  const { verification, timing } = JSON.parse(await readFile(json, 'utf8'));
  assert.deepEqual(
    [verification.verdict, verification.by, verification.lostWrites],
    ['valid', 'revision', 0],
  );
  assert.ok(timing.timed.SetNum > 0, 'it can be asked for its times as well');
});

test('verify: a correct server of the exercise alone is searched, and accepted, though it is not empty', async (t) => {
  const port = await servePort(t, correct);
  for (const run of [
    ['--threads', '2', '--requests', '100'],
    ['--requests', '1000', '--in-flight', '2'],
  ]) {
    const { code, stdout } = await runVerified(port, '--keys', '20', ...run);
    assert.equal(code, 0, stdout);
    assert.match(verdictOf(stdout), /^Verified: 0 violations in \d+ operations\n {2}order .* by search$/m);
  }
});

const planted = ['never invalidated', 'hit is always true', 'lose one of them'];
const faults = [...cacheFaults, ...lockFaults];
for (const { name, make } of faults.filter((fault) => planted.some((words) => fault.name.includes(words)))) {
  test(`verify: a faulty server is found: ${name}`, async (t) => {
    const port = await servePort(t, make());
    const flags = ['--fresh', '--requests', '1500', '--in-flight', '2', '--keys', '20'];
    const { code, stdout, stderr } = await runVerified(port, ...flags);
    assert.equal(code, 1);
    assert.match(verdictOf(stdout), /^Verified: [1-9]\d* violations in \d+ operations$/m);
    assert.match(
      verdictOf(stdout),
      /^ {2}[ >] \[\d+\.\d+ \.\. \d+\.\d+ ms\] (Fact|SetNum) key-/m,
      'they are shown',
    );
    assert.match(stderr, /^numstore client: Verified: [1-9]\d* violations/m);
  });
}

test('verify: a server killed with SIGKILL and started again on lmdb is not accused, and nothing is guessed', async (t) => {
  const store = ['--store', `lmdb:${await openFolder(t)}`, '--transport', 'native'];
  const server = await serve(t, ...store);
  const running = runVerified(`${server.port}`, '--duration', '2500ms', '--in-flight', '4', '--keys', '50');
  await using watcher = await openClient({ port: server.port });
  await until(async () => (await watcher.stats()).revision > 500n, 'the load has begun');
  server.process.kill('SIGKILL');
  await once(server.process, 'close');
  await serve(t, ...store, '--port', `${server.port}`);
  const { code, stdout } = await running;
  assert.equal(code, 1, 'calls have failed');
  assert.match(stdout, /^ {2}\d+ x (SetNum|Fact) UNAVAILABLE: /m);
  assert.match(verdictOf(stdout), /^Verified: 0 violations in \d+ operations$/m);
  assert.match(verdictOf(stdout), /^ {2}order +that of the revisions explains every answer/m);
});

test('verify: while somebody else writes the verdict is UNDECIDED, which is no pass, and nobody is accused', async () => {
  const port = native?.port ?? 0;
  await using other = await openClient({ port });
  const { revision } = await other.stats();
  const running = runVerified(`${port}`, '--duration', '400ms', '--keys', '10');
  await until(async () => (await other.stats()).revision > revision + 20n, 'the load has begun');
  await other.setNum('somebody else’s', 5n);
  const { code, stdout, stderr } = await running;
  assert.equal(code, 1);
  assert.match(verdictOf(stdout), /^Verified: UNDECIDED, which is no pass, in \d+ operations$/m);
  assert.match(stderr, /UNDECIDED/);
});

test('verify: more calls than can be recorded or searched are refused, as are flags that do not fit', async (t) => {
  const port = await servePort(t, correct);
  for (const [words, fault] of [
    [['--requests', '100001', '--threads', '1'], /tells no order.*at most 100000 calls/],
    [['--requests', '1000000', '--threads', '3'], /at most 2000000 in all/],
    [['--keys', '100001'], /--keys: expected at most 100000/],
    [['--warmup', '1s'], /--verify: expected no --warmup/],
  ] as const) {
    await assert.rejects(runVerified(port, ...words), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.faults.join('\n'), fault);
      return true;
    });
  }
});
