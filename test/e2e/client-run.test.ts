import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openClient } from '../../client/api/client.ts';
import { clientNames } from '../../client/load/run/plan.ts';
import { NumStoreService } from '../../generated/numstore.ts';
import { createGrpcServer, unary } from '../../transport/index.ts';
import { clientProgram, type Output, run } from '../support/process.ts';
import { count, isLong } from '../support/scale.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { transport } from '../support/transport.ts';
import { until } from '../support/until.ts';

const runClient = (...args: readonly string[]): Promise<Output> => run([...clientProgram, ...args]);

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
  // As the README has it, which compiles for every thread: once will do.
  const { code, stdout, stderr } =
    transport === 'grpc-js' || isLong
      ? await run(['node_modules/.bin/tsx', 'client/main.ts', `${port}`])
      : await runClient(`${port}`);
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

test('client: the same seed sends the same requests, by both clients; --json writes the figures of the report', async (t) => {
  const { port } = await serve(t);
  const file = await jsonFile(t);
  const flags = ['--seed', '7', '--threads', '2', '--requests', '50', '--keys', '10', '--json', file];
  const runs = [];
  for (const client of clientNames) {
    assert.equal((await runClient(`${port}`, '--client', client, ...flags)).code, 0);
    runs.push(JSON.parse(await readFile(file, 'utf8')));
  }
  const [first, second] = runs;
  assert.deepEqual([first.client, second.client], clientNames);
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

/** A server that counts, and answers the first eight calls only once all of them have come. */
async function serveCounting(t: TestContext) {
  const counts = { connections: 0, calls: 0, inFlight: 0, inFlightMax: 0 };
  let release = (): void => undefined;
  const eightHaveCome = new Promise<void>((resolve) => {
    release = resolve;
  });
  const counted = async <Reply>(reply: Reply): Promise<Reply> => {
    counts.calls++;
    counts.inFlightMax = Math.max(counts.inFlightMax, ++counts.inFlight);
    if (counts.calls === 8) release();
    await eightHaveCome;
    counts.inFlight--;
    return reply;
  };
  const grpc = createGrpcServer({
    routes: [
      unary(NumStoreService.setNum, () => counted({ total: 1n })),
      unary(NumStoreService.fact, () => counted({ value: 1n, hit: false, error: '' })),
    ],
  });
  const listener = createServer((socket) => {
    counts.connections++;
    grpc.accept(socket);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  t.after(async () => {
    listener.close();
    await grpc.close();
  });
  const address = listener.address();
  assert.ok(address !== null && typeof address === 'object');
  return { port: address.port, counts };
}

for (const client of clientNames) {
  test(`client: the exercise's run by --client ${client} sends 8 x 100 requests over 8 connections, 8 in flight, and nothing else`, async (t) => {
    const { port, counts } = await serveCounting(t);
    const { code, stdout } = await runClient(`${port}`, '--client', client);
    assert.equal(code, 0, stdout);
    assert.deepEqual(counts, { connections: 8, calls: 800, inFlight: 0, inFlightMax: 8 });
    assert.match(
      stdout,
      client === 'light' ? /^Client: +light connections/m : /^Client: +the typed client on grpc-js$/m,
    );
  });

  test(`client: a server killed during a run by --client ${client} gives failed RPCs and exit code 1, and no hang`, async (t) => {
    const server = await serve(t);
    const watcher = await openClient({ port: server.port });
    t.after(() => watcher.close());
    const running = runClient(
      `${server.port}`,
      '--threads',
      '2',
      '--requests',
      `${count(5000, 20_000)}`,
      '--keys',
      '1',
      '--client',
      client,
    );
    await until(async () => (await watcher.fact('key-0')).kind !== 'error', 'the run has written its key');
    server.process.kill('SIGKILL');
    const { code, stdout, stderr } = await running;
    assert.equal(code, 1);
    assert.match(stdout, /^Failed RPCs$/m);
    assert.match(stdout, /^ {2}\d+ x (SetNum|Fact) UNAVAILABLE: /m);
    assert.match(stderr, /^numstore client: \d+ failed RPCs, 0 wrong answers\n$/);
  });
}
