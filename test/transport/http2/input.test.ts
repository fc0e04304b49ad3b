import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGrpcServer } from '../../../transport/index.ts';
import { until } from '../../support/until.ts';
import { createEchoLog, echoRoutes } from '../support/echo.ts';
import { FakeSocket } from '../support/fake-socket.ts';
import { ACK, data, frame, headers, message, preface, request, Type } from '../support/frames.ts';

/** Large requests must not delay small ones. */

const greeting = Buffer.concat([preface, frame(Type.settings, 0, 0), frame(Type.settings, ACK, 0)]);
const unary = (id: number): Buffer =>
  Buffer.concat([headers(id, request('/test.Echo/Unary')), data(id, message('x'))]);
const manyCalls = 400;
const many = Buffer.concat(Array.from({ length: manyCalls }, (_, index) => unary(2 * index + 1)));

function openServer() {
  const log = createEchoLog();
  const server = createGrpcServer({ routes: echoRoutes(log) });
  const open = (): FakeSocket => {
    const socket = new FakeSocket();
    server.accept(socket);
    socket.receive(greeting);
    return socket;
  };
  return { log, server, open };
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
