import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectSocket, createServer } from 'node:net';
import { test } from 'node:test';
import { connectExact } from '../support/fact-exact.ts';
import { hasPrometheus, skipWithout } from '../support/foreign.ts';
import { type MeasuredServer, startMeasured } from '../support/metrics.ts';
import { holdCall } from '../support/open-call.ts';
import { run, serverProgram } from '../support/process.ts';
import { until } from '../support/until.ts';
import { connect } from '../support/wire.ts';

const setNum = { grpc_service: 'NumStore', grpc_method: 'SetNum', grpc_type: 'unary' };
const fact = { grpc_service: 'NumStore', grpc_method: 'Fact' };

/** Two writes, four Facts of two numbers, one bad request. */
async function use(server: MeasuredServer): Promise<void> {
  const wire = connect(server.address);
  await wire.setNum('A', 5n);
  await wire.setNum('B', 7n);
  for (const key of ['A', 'B', 'A', 'A']) await wire.fact(key);
  await wire.raw('/NumStore/SetNum', Buffer.from([0xff]));
  wire.close();
}

test('metrics: a scrape counts what was called, and reads what the parts know', async () => {
  const server = await startMeasured();
  await use(server);
  const scrape = await server.scrape();
  const expected = [
    ['grpc_server_started_total', setNum, 3],
    ['grpc_server_handled_total', { ...setNum, grpc_code: 'OK' }, 2],
    ['grpc_server_handled_total', { ...setNum, grpc_code: 'INVALID_ARGUMENT' }, 1],
    ['grpc_server_handling_seconds_count', setNum, 3],
    ['grpc_server_handling_seconds_bucket', { ...fact, le: '+Inf' }, 4],
    ['numstore_cache_hits_total', {}, 2],
    ['numstore_cache_misses_total', {}, 2],
    ['numstore_cache_entries', {}, 2],
    ['numstore_pool_run_seconds_count', {}, 2],
    ['numstore_pool_workers_ready', {}, 4],
    ['numstore_store_seconds_count', { operation: 'set' }, 2],
    ['numstore_store_seconds_count', { operation: 'read' }, 4],
    ['numstore_store_up', {}, 1],
    ['numstore_keys', {}, 2],
    ['numstore_total_value', {}, 12],
    ['numstore_connections_killed_total', {}, 0],
    ['numstore_build_info', { store: 'memory' }, 1],
  ] as const;
  for (const [name, labels, value] of expected) {
    assert.deepEqual(scrape.values(name, labels), [value], `${name} ${JSON.stringify(labels)}`);
  }
  const [waits = 0] = scrape.values('numstore_lock_wait_seconds_count');
  assert.ok(waits >= 6);
  assert.ok(scrape.names.has('nodejs_eventloop_lag_p99_seconds'));
  assert.equal((await server.stop()).code, 0);
});

test('metrics: whatever callers send, no series is added', async () => {
  const server = await startMeasured();
  // Node's own series are not of callers' making: so many kinds of handles, so many spaces of the heap.
  const countOurs = async (): Promise<number> => {
    const { text } = await server.scrape();
    return text.split('\n').filter((line) => /^(grpc|numstore)_/.test(line)).length;
  };
  const before = await countOurs();
  await use(server);
  const wire = connect(server.address);
  for (let index = 0; index < 100; index++) {
    await wire.setNum(`key-${index}`, BigInt(index));
    await wire.raw(`/NumStore/Nothing${index}`, new Uint8Array());
    await wire.raw(`/Other${index}/SetNum`, new Uint8Array());
  }
  assert.equal(await countOurs(), before);
  wire.close();
  await server.stop();
});

test('metrics: fifty scrapes that are asked for at once cost one', async () => {
  const server = await startMeasured();
  const socket = connectSocket(Number(new URL(server.url).port), '127.0.0.1');
  const ask = (connection: string): string =>
    `GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: ${connection}\r\n\r\n`;
  socket.end(`${ask('keep-alive').repeat(49)}${ask('close')}`);
  let text = '';
  for await (const part of socket.setEncoding('utf8')) text += part;
  const told = [...text.matchAll(/^process_cpu_seconds_total (\S+)$/gm)].map(([, seconds]) => seconds);
  assert.deepEqual([told.length, new Set(told).size], [50, 1]);
  await server.stop();
});

const noPrometheus = skipWithout(
  'promtool',
  hasPrometheus(),
  'install Debian’s prometheus: apt-get install prometheus',
);

test('metrics: promtool finds nothing to say', { skip: noPrometheus }, async () => {
  const server = await startMeasured();
  await use(server);
  const { text } = await server.scrape();
  assert.equal(
    execFileSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8', stdio: 'pipe' }),
    '',
  );
  await server.stop();
});

test('probes: while a server drains it is alive and not ready, and an idle connection does not hold it', async () => {
  const server = await startMeasured(['--drain-ms', '1000']);
  const status = async (path: string): Promise<number> => (await fetch(`${server.url}${path}`)).status;
  assert.deepEqual([await status('/healthz'), await status('/readyz')], [200, 200]);
  const call = await holdCall(server.address);
  server.process.kill('SIGTERM');
  await server.logged('stopping');
  assert.deepEqual([await status('/healthz'), await status('/readyz')], [200, 503]);
  const idle = connectSocket(Number(new URL(server.url).port), '127.0.0.1');
  await once(idle, 'connect');
  call.close();
  assert.equal((await server.stop()).code, 0);
  idle.destroy();
});

test('log: a slow request is logged with where its time went and its trace, an invalid traceparent is ignored', async () => {
  const server = await startMeasured(['--slow-ms', '20']);
  const wire = connect(server.address);
  const exact = connectExact(server.address);
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  await wire.setNum('n', 400_000n);
  await exact.ask('n', { metadata: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } });
  await wire.setNum('n', 800_000n);
  await exact.ask('n', { metadata: { traceparent: `00-${traceId}-0000000000000000-01` } });
  const lines = () => server.log.filter(({ path }) => path === '/NumStoreExtended/FactExact');
  await until(() => lines().length === 2, 'two slow requests in the log');
  assert.deepEqual(
    lines().map(({ event, cache, n, traceId: trace }) => [event, cache, n, trace]),
    [
      ['slow request', 'miss', 400_000, traceId],
      ['slow request', 'miss', 800_000, undefined],
    ],
  );
  for (const line of lines()) {
    const parts = ['lock', 'queue', 'compute', 'store', 'send', 'other'];
    const ms = (part: string): number => Number(line[`${part}Ms`]);
    assert.ok(ms('compute') > 0);
    assert.equal(ms(String(line['mostly'])), Math.max(...parts.map(ms)));
  }
  wire.close();
  exact.close();
  await server.stop();
});

test('server: a metrics port in use is one clear line that names its flag, and it exits 1', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const address = holder.address();
  const port = typeof address === 'object' && address !== null ? address.port : assert.fail();
  const output = await run([...serverProgram, '--port', '0', '--metrics-port', String(port)]);
  holder.close();
  assert.equal(output.code, 1);
  assert.match(output.stderr, new RegExp(`^Port ${port} is in use; choose another with --metrics-port.*\n$`));
});
