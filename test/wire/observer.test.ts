import assert from 'node:assert/strict';
import { test } from 'node:test';
import { credentials, Metadata, status as Status } from '@grpc/grpc-js';
import { NumStoreClient, SetNumRequest } from '../../generated/numstore.ts';
import { createHandlers } from '../../server/rpc/handlers.ts';
import type { EndedCall, EndedTask, Observer } from '../../server/rpc/observer.ts';
import { openServer } from '../../server/server.ts';
import type { Service } from '../../server/service/service.ts';
import { readTraceId } from '../../server/telemetry/slow-log.ts';
import { openStack, serveStack } from '../support/stack.ts';
import { transport } from '../support/transport.ts';
import { until } from '../support/until.ts';
import { connect } from '../support/wire.ts';

/** An observer that remembers everything. */
function createRecord() {
  const started: string[] = [];
  const ended: EndedCall[] = [];
  const tasks: EndedTask[] = [];
  const waits: number[] = [];
  const holds: number[] = [];
  const observer: Observer = {
    callStarted: (path) => started.push(path),
    callEnded: (call) => ended.push(call),
    taskEnded: (task) => tasks.push(task),
    lockWaited: (ms) => waits.push(ms),
    lockHeld: (ms) => holds.push(ms),
  };
  return { observer, started, ended, tasks, waits, holds };
}

test('observer: every call begins and ends once, with its status and with where its time went', async () => {
  const record = createRecord();
  const { ended } = record;
  const stack = await serveStack({ observer: record.observer, nMax: 30 });
  const wire = connect(stack.address);
  await wire.setNum('five', 5n);
  await wire.setNum('big', 31n);
  for (let round = 0; round < 2; round++) await wire.fact('five');
  await wire.raw('/NumStore/SetNum', Buffer.from([0xff]));
  await wire.raw('/NumStore/SetNum', SetNumRequest.encode({ key: 'k'.repeat(2000), value: 1n }).finish());
  await wire.raw('/NumStoreExtended/GetNum', new Uint8Array());
  await wire.raw('/grpc.health.v1.Health/Check', new Uint8Array());
  await until(() => ended.length === 8, 'the end of every call');
  assert.deepEqual(
    ended.map(({ path, code }) => `${path} ${code}`),
    [
      '/NumStore/SetNum OK',
      '/NumStore/SetNum OK',
      '/NumStore/Fact OK',
      '/NumStore/Fact OK',
      '/NumStore/SetNum INVALID_ARGUMENT',
      '/NumStore/SetNum INVALID_ARGUMENT',
      '/NumStoreExtended/GetNum OK',
      '/grpc.health.v1.Health/Check OK',
    ],
  );
  assert.deepEqual(
    record.started,
    ended.map(({ path }) => path),
  );
  const [, , miss, hit] = ended.map(({ call }) => call.timing);
  assert.deepEqual([miss?.cache, miss?.n, hit?.cache, hit?.n], ['miss', 5, 'hit', 5]);
  assert.ok(ended.every(({ durationMs }) => durationMs > 0));
  assert.deepEqual(
    record.tasks.map(({ n }) => n),
    [5],
  );
  assert.ok(record.waits.length >= 5 && record.holds.length >= 5);
  wire.close();
  await stack.close();
});

test('observer: who did not ask for the timing is not told it, and who did is', async () => {
  const stack = await serveStack({ observer: createRecord().observer });
  const wire = connect(stack.address);
  const reply = await wire.raw('/NumStore/SetNum', Buffer.from([0xff]));
  assert.ok(!reply.ok);
  assert.deepEqual([reply.code, reply.metadata.get('numstore-timing')], [Status.INVALID_ARGUMENT, []]);
  assert.match(await wire.timing('setNum', 'A'), /^lock=\d+;queue=0;/);
  wire.close();
  await stack.close();
});

test('observer: where there is none, and no caller asks, nothing is measured', async () => {
  const stack = await openStack();
  const timings: unknown[] = [];
  const service: Service = {
    ...stack.service,
    setNum(key, value, caller) {
      timings.push(caller.timing);
      return stack.service.setNum(key, value, caller);
    },
  };
  const server = await openServer({
    host: '127.0.0.1',
    port: 0,
    transport,
    handlers: createHandlers(service, 'memory'),
    onInternalError: assert.fail,
    onConnectionKilled: (error) => assert.fail(String(error)),
  });
  const wire = connect(`127.0.0.1:${server.port}`);
  await wire.setNum('A', 1n);
  await wire.timing('setNum', 'A');
  assert.deepEqual([timings.length, timings[0]], [2, undefined]);
  assert.ok(timings[1] !== undefined);
  wire.close();
  await server.close(1000);
  await stack.close();
});

test('observer: an internal error is reported with its call, and so with its trace', async () => {
  const stack = await openStack();
  const traces: unknown[] = [];
  const service: Service = { ...stack.service, setNum: () => Promise.reject(new TypeError('planted')) };
  const server = await openServer({
    host: '127.0.0.1',
    port: 0,
    transport,
    observer: createRecord().observer,
    handlers: createHandlers(service, 'memory'),
    onInternalError: (_id, _error, call) => traces.push(call && readTraceId(call)),
    onConnectionKilled: (error) => assert.fail(String(error)),
  });
  const client = new NumStoreClient(`127.0.0.1:${server.port}`, credentials.createInsecure(), {
    'grpc.enable_http_proxy': 0,
  });
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const metadata = new Metadata();
  metadata.set('traceparent', `00-${traceId}-00f067aa0ba902b7-01`);
  await new Promise<void>((resolve) => client.setNum({ key: 'A', value: 1n }, metadata, () => resolve()));
  assert.deepEqual(traces, [traceId]);
  client.close();
  await server.close(1000);
  await stack.close();
});
