import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGrpcServer } from '../../../transport/index.ts';
import { until } from '../../support/until.ts';
import { createEchoLog, echoRoutes } from '../support/echo.ts';
import { FakeSocket } from '../support/fake-socket.ts';
import {
  ACK,
  data,
  END_HEADERS,
  END_STREAM,
  frame,
  headers,
  message,
  preface,
  request,
  Type,
} from '../support/frames.ts';

/** Large requests must not delay small ones. */

const greeting = Buffer.concat([preface, frame(Type.settings, 0, 0), frame(Type.settings, ACK, 0)]);
const unary = (id: number): Buffer =>
  Buffer.concat([headers(id, request('/test.Echo/Unary')), data(id, message('x'))]);
const manyCalls = 400;
const many = Buffer.concat(Array.from({ length: manyCalls }, (_, index) => unary(2 * index + 1)));

/** Calls of other methods, each of which keeps the process busy for 2 ms. */
const costly = (from: number, count: number): Buffer =>
  Buffer.concat(
    Array.from({ length: count }, (_, index) => {
      const id = from + 2 * index;
      return headers(id, [[':path', `/${id}`], ...shortHead], END_HEADERS | END_STREAM);
    }),
  );
const shortHead: [string, string][] = [
  [':method', 'POST'],
  [':scheme', 'http'],
  [':authority', 'test'],
  ['content-type', 'application/grpc'],
];

function openServer() {
  const log = createEchoLog();
  const explained: string[] = [];
  const explainUnknown = (path: string): undefined => {
    explained.push(path);
    const endAt = performance.now() + 2;
    while (performance.now() < endAt);
  };
  const server = createGrpcServer({ routes: echoRoutes(log), explainUnknown });
  const open = (): FakeSocket => {
    const socket = new FakeSocket();
    server.accept(socket);
    socket.receive(greeting);
    return socket;
  };
  return { log, explained, server, open };
}

test('fairness: a small read is served before a large one of the same moment', async () => {
  const { log, server, open } = openServer();
  const greedy = open();
  const modest = open();
  greedy.receive(many);
  assert.equal(log.begun, 0, 'much is deferred');
  assert.equal(greedy.isPaused(), true, 'and no more is taken meanwhile');
  modest.receive(unary(1));
  assert.equal(log.begun, 1, 'little is not');
  await until(() => log.begun === manyCalls + 1, 'every call');
  await until(() => !greedy.isPaused(), 'more is taken again');
  await server.close();
});

test('fairness: deferred bytes and those that follow keep their order, wherever they are cut', async () => {
  const { log, server, open } = openServer();
  const greedy = open();
  const cut = many.length - 100;
  greedy.receive(many.subarray(0, cut));
  greedy.receive(many.subarray(cut));
  greedy.receive(unary(2 * manyCalls + 1));
  await until(() => log.begun === manyCalls + 1, 'every call');
  assert.deepEqual(server.counts(), { connections: 1, calls: 0, internalErrors: 0 });
  await server.close();
});

test('fairness: a connection that ends drops its deferred bytes', async () => {
  const { log, server, open } = openServer();
  const greedy = open();
  greedy.receive(many);
  greedy.destroy();
  await until(() => server.counts().connections === 0, 'the end of the connection');
  assert.equal(log.begun, 0);
  await server.close();
});

test('fairness: a fault in deferred bytes ends its connection alone', async () => {
  const { log, server, open } = openServer();
  const greedy = open();
  const modest = open();
  greedy.receive(Buffer.concat([many, frame(Type.ping, 0, 1, '0000000000000000')]));
  await until(() => greedy.writableEnded, 'the end of the connection');
  modest.receive(unary(1));
  assert.equal(log.begun, manyCalls + 1);
  await server.close();
});

test('fairness: a read at once ends with its time, and the rest waits for its turn', async () => {
  const { log, explained, server, open } = openServer();
  const greedy = open();
  const modest = open();
  greedy.receive(costly(1, 40));
  assert.ok(explained.length < 10, `${explained.length} of 40`);
  modest.receive(unary(1));
  assert.equal(log.begun, 1);
  await until(() => explained.length === 40, 'every call, in order');
  assert.deepEqual(
    explained,
    Array.from({ length: 40 }, (_, index) => `/${2 * index + 1}`),
  );
  await server.close();
});

test('fairness: a slice of a backlog ends with the time of its turn, whatever its bytes cost', async () => {
  const { log, explained, server, open } = openServer();
  const greedy = open();
  const modest = open();
  // More than is read at once, in frames of which a slice holds a hundred.
  greedy.receive(costly(1, 200));
  await until(() => explained.length > 0, 'the first slice');
  assert.ok(explained.length < 20, `${explained.length} in a slice`);
  const before = explained.length;
  modest.receive(unary(1));
  assert.equal(log.begun, 1);
  await until(() => explained.length > before, 'the second slice');
  assert.ok(explained.length < 40, `${explained.length} in two slices`);
  greedy.destroy();
  await server.close();
});

test('fairness: a connection whose small reads are costly loses the fast path, and others keep it', async () => {
  const { log, server, open } = openServer();
  const greedy = open();
  const modest = open();
  let id = 1;
  for (let reads = 0; reads < 40 && !greedy.isPaused(); reads++, id += 10) greedy.receive(costly(id, 5));
  assert.equal(greedy.isPaused(), true);
  modest.receive(unary(1));
  assert.equal(log.begun, 1);
  await until(() => !greedy.isPaused(), 'the deferred calls');
  let isPrompt = false;
  for (let calls = 2; calls < 1_000 && !isPrompt; calls++, id += 2) {
    greedy.receive(unary(id));
    isPrompt = log.begun === calls;
    await until(() => log.begun === calls, 'a call');
  }
  assert.equal(isPrompt, true, 'cheap calls have regained it');
  await server.close();
});
