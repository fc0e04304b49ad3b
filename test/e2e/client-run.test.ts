import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openClient } from '../../client/client.ts';
import { type Output, run, tsx } from '../support/process.ts';
import { type RunningServer, startServer } from '../support/server.ts';

const runClient = (...args: readonly string[]): Promise<Output> => run([...tsx, 'client/main.ts', ...args]);

async function serve(t: TestContext): Promise<RunningServer> {
  const server = await startServer();
  t.after(() => server.stop());
  return server;
}

async function jsonFile(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'numstore-client-'));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, 'figures.json');
}

test("client: the exercise's run on a cold server prints three labelled figures and counts 800 requests", async (t) => {
  const { port } = await serve(t);
  const { code, stdout, stderr } = await runClient(`${port}`);
  assert.equal(code, 0);
  assert.equal(stderr, '', 'no progress where there is no terminal');
  const lines = stdout.split('\n');
  const rate = /^Cache hit rate: +(0\.\d{3}) \(\d+\.\d %\), hits \/ Facts that found their key = /.exec(
    lines[0] ?? '',
  );
  assert.match(lines[1] ?? '', /^p50 response time: +\d+\.\d{3} ms, half of all 800 replies/);
  assert.match(lines[2] ?? '', /^p99 response time: +\d+\.\d{3} ms, 99 % of all 800 replies/);
  assert.match(stdout, /^Requests: +800 \(8 threads, 100 each, one at a time\), 100 keys, seed \d+$/m);
  const hitRate = Number(rate?.[1]);
  assert.ok(hitRate >= 0.6 && hitRate <= 0.79, `hit rate ${hitRate}`);
});

test('client: the same seed sends the same requests; --json writes the figures of the report', async (t) => {
  const { port } = await serve(t);
  const file = await jsonFile(t);
  const flags = ['--seed', '7', '--threads', '2', '--requests', '50', '--keys', '10', '--json', file];
  const runs = [];
  for (let round = 0; round < 2; round++) {
    assert.equal((await runClient(`${port}`, ...flags)).code, 0);
    runs.push(JSON.parse(await readFile(file, 'utf8')));
  }
  const [first, second] = runs;
  assert.equal(first.rpcs.SetNum.sent, second.rpcs.SetNum.sent);
  assert.equal(first.rpcs.SetNum.sent + first.rpcs.Fact.sent, 100);
  assert.deepEqual(
    [first.seed, first.threads, first.requests, first.keys, first.port, first.host],
    [7, 2, 50, 10, port, '127.0.0.1'],
  );
  assert.equal(first.replies, 100);
  assert.equal(first.found + first.missing, first.rpcs.Fact.replies);
  assert.equal(first.hitRate, first.hits / first.found);
  for (const figure of ['p50Ms', 'p99Ms', 'minMs', 'maxMs'])
    assert.equal(typeof first.responseTime[figure], 'number');
});

test('client: nothing there is one line on stderr and exit code 3', async () => {
  const { code, stdout, stderr } = await runClient('1');
  assert.equal(code, 3);
  assert.equal(stdout, '');
  assert.match(stderr, /^numstore client: no gRPC server answers at 127\.0\.0\.1:1 [^\n]*\n$/);
});

test('client: bad arguments are all listed, with exit code 2', async () => {
  const { code, stdout, stderr } = await runClient('0', '--foo', '--threads', '0');
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.equal(stderr.split('\n').length, 5, stderr);
  assert.match(stderr, /--help/);
});

test('client: a word that is neither port nor command is refused with the commands, exit code 2', async () => {
  const { code, stdout, stderr } = await runClient('factt', 'A');
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /a command \(get, .*, fact\), got "factt"/);
});

test('client: a JSON file that cannot be written is found out before the run, with exit code 2', async () => {
  const { code, stdout, stderr } = await runClient('1', '--json', '/nowhere/at/all.json');
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /--json: expected a file that can be written/);
});

test('client: --help explains itself on stdout, with exit code 0', async () => {
  const { code, stdout, stderr } = await runClient('--help');
  assert.equal(code, 0);
  assert.equal(stderr, '');
  for (const flag of [
    'PORT',
    '--host',
    '--threads',
    '--requests',
    '--keys',
    '--seed',
    '--json',
    '--timing',
    'get KEY',
    'set KEY VALUE',
    'add KEY DELTA',
    'delete KEY',
    'list',
    'stats',
    'fact KEY',
    'dns:///',
  ]) {
    assert.ok(stdout.includes(flag), flag);
  }
});

test('client: a server killed during the run gives failed RPCs and exit code 1, and no hang', async (t) => {
  const server = await serve(t);
  const watcher = await openClient({ port: server.port });
  t.after(() => watcher.close());
  const running = runClient(`${server.port}`, '--threads', '2', '--requests', '20000', '--keys', '1');
  while ((await watcher.fact('key-0')).kind === 'error'); // until the run has written its key
  server.process.kill('SIGKILL');
  const { code, stdout, stderr } = await running;
  assert.equal(code, 1);
  assert.match(stdout, /^Failed RPCs$/m);
  assert.match(stdout, /^ {2}\d+ x (SetNum|Fact) UNAVAILABLE: /m);
  assert.match(stderr, /^numstore client: \d+ failed RPCs, 0 wrong answers\n$/);
});
