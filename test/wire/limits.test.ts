import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { credentials, status as Status } from '@grpc/grpc-js';
import { Peer } from '../../bench/abuse/peer.ts';
import { HealthClient } from '../../generated/grpc/health/v1/health.ts';
import { NumStoreService, SetNumRequest } from '../../generated/numstore.ts';
import { streamsMax } from '../../server/transports/connection-limits.ts';
import { openGrpcClient } from '../../transport/index.ts';
import { createCertificateFolder } from '../support/certificates.ts';
import { closed } from '../support/closed.ts';
import { startMeasured } from '../support/metrics.ts';
import { startServer } from '../support/server.ts';
import { serveStack } from '../support/stack.ts';
import { transport } from '../support/transport.ts';
import { until } from '../support/until.ts';
import { connect } from '../support/wire.ts';
import { ACK, frame, headers, preface, request, Type, word } from '../transport/support/frames.ts';

const local = { 'grpc.enable_http_proxy': 0, 'grpc.use_local_subchannel_pool': 1 } as const;
const setNum = (key: string): Buffer => Buffer.from(SetNumRequest.encode({ key, value: 1n }).finish());
/** Ten times what servers here are told to wait. */
const guardMs = 30_000;

/** A connection from `localAddress`, which is open; what it receives is thrown away. */
async function openSocket(port: number, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connectSocket({ port, host: '127.0.0.1', localAddress, allowHalfOpen: true });
  socket.on('error', () => undefined);
  socket.resume();
  await once(socket, 'connect');
  return socket;
}

/** Whether the server ends a connection; an HTTP/2 server that keeps it says its settings first. */
async function isKept(socket: Socket): Promise<boolean> {
  socket.write(Buffer.concat([preface, frame(Type.settings, 0, 0)]));
  return new Promise((resolve) => {
    socket.once('data', () => resolve(true));
    socket.once('close', () => resolve(false));
    socket.once('end', () => resolve(false));
  });
}

test('limits: a key beyond --max-keys is RESOURCE_EXHAUSTED, and the keys that are there go on', async () => {
  const server = await startServer(['--max-keys', '2']);
  const wire = connect(server.address);
  await wire.setNum('A', 1n);
  await wire.setNum('B', 1n);
  const refused = await wire.raw('/NumStore/SetNum', setNum('C'));
  assert.ok(!refused.ok);
  assert.equal(refused.code, Status.RESOURCE_EXHAUSTED);
  assert.match(refused.details, /--max-keys/);
  assert.equal(await wire.setNum('A', 5n), 6n);
  wire.close();
  await server.stop();
});

test('limits: a connection beyond --max-connections is closed at once, counted and logged, and the others go on', async () => {
  const server = await startMeasured(['--max-connections', '2']);
  const wire = connect(server.address);
  await wire.setNum('A', 1n);
  const second = await openSocket(server.port);
  assert.ok(await isKept(second));
  const third = await openSocket(server.port);
  assert.equal(await isKept(third), false);
  assert.equal(await wire.setNum('A', 2n), 2n);
  const { values } = await server.scrape();
  assert.deepEqual(values('numstore_connections'), [2]);
  assert.deepEqual(values('numstore_connections_refused_total', { limit: 'all' }), [1]);
  assert.deepEqual(values('numstore_connections_refused_total', { limit: 'peer' }), [0]);
  const line = await server.logged('connection refused');
  assert.deepEqual([line['limit'], line['address']], ['all', '127.0.0.1']);

  second.destroy();
  for (;;) {
    const { values: current } = await server.scrape();
    if (current('numstore_connections')[0] === 1) break;
  }
  const fourth = await openSocket(server.port);
  assert.ok(await isKept(fourth), 'there is room again');
  fourth.destroy();
  wire.close();
  await server.stop();
});

test('limits: an address has no more connections than --max-connections-per-peer, and takes none from others', async () => {
  const server = await startServer(['--max-connections-per-peer', '1', '--host', '127.0.0.1']);
  const mine = await openSocket(server.port, '127.0.0.2');
  assert.ok(await isKept(mine));
  const more = await openSocket(server.port, '127.0.0.2');
  assert.equal(await isKept(more), false);
  const others = await openSocket(server.port, '127.0.0.3');
  assert.ok(await isKept(others));
  mine.destroy();
  others.destroy();
  await server.stop();
});

test('limits: an address that calls more often than --max-rate-per-peer is told when to call again; health is not counted', async () => {
  const server = await startServer(['--max-rate-per-peer', '1']);
  const wire = connect(server.address);
  const replies = await Promise.all(
    Array.from({ length: 20 }, () => wire.raw('/NumStore/SetNum', setNum('A'))),
  );
  assert.ok(replies[0]?.ok, 'the first is served');
  const refused = replies.filter((reply) => !reply.ok);
  assert.ok(refused.length > 0, 'not all of them are');
  for (const { code, metadata } of refused) {
    assert.equal(code, Status.RESOURCE_EXHAUSTED);
    const [pushback] = metadata.get('grpc-retry-pushback-ms');
    assert.ok(Number(pushback) > 0 && Number(pushback) <= 1000, `${pushback} ms`);
  }
  // A field that is cut short: whoever calls too often is told that, and not what is wrong with what he sends.
  const malformed = Buffer.from([0x0a, 0x05, 0x41]);
  const unread = await Promise.all(Array.from({ length: 20 }, () => wire.raw('/NumStore/SetNum', malformed)));
  assert.ok(unread.some((reply) => !reply.ok && reply.code === Status.RESOURCE_EXHAUSTED));
  const health = new HealthClient(server.address, credentials.createInsecure(), local);
  await new Promise<void>((resolve, reject) => {
    health.check({ service: '' }, (error) => (error ? reject(error) : resolve()));
  });
  health.close();
  wire.close();
  await server.stop();
});

/** nghttp2, beneath grpc-js, ends the connection of a client that ignores what was announced; by which error depends on Node. */
const tooManyCalls = {
  'grpc-js': { said: /^GOAWAY (INTERNAL|PROTOCOL)_ERROR$/, isClosed: true },
  native: { said: /^RST_STREAM REFUSED_STREAM$/, isClosed: false },
};

test('limits: no connection has more than 512 calls under way; those beyond are not begun', async () => {
  const stack = await serveStack();
  const peer = await Peer.open(stack.server.port);
  const calls = Array.from({ length: streamsMax + 8 }, (_, index) =>
    headers(2 * index + 1, request('/NumStore/SetNum')),
  );
  await peer.send(...calls);
  const expected = tooManyCalls[transport];
  await peer.heard(8, guardMs);
  if (expected.isClosed) await peer.closed(guardMs);
  const said = [...peer.said.keys()];
  assert.ok(
    said.some((each) => expected.said.test(each)),
    said.join(),
  );
  assert.equal(peer.isClosed, expected.isClosed);
  peer.destroy();
  await stack.close();
});

test('limits: whoever does not say hello as HTTP/2 asks is cut off in time', async () => {
  const stack = await serveStack({ times: { handshakeMs: 300 } });
  const hellos = [Buffer.alloc(0), preface.subarray(0, 10), preface];
  const sockets = await Promise.all(hellos.map(() => openSocket(stack.server.port)));
  const ends = sockets.map(closed);
  for (const [index, hello] of hellos.entries()) sockets[index]?.write(hello);
  for (const socket of sockets) socket.once('end', () => socket.end());
  await Promise.all(ends);
  await stack.close();
});

test('limits: whoever finishes the handshake of TLS and says no hello is cut off in time, and a caller is not', async () => {
  const folder = createCertificateFolder();
  const { cert, key } = folder.createAuthority('authority').issue('server');
  const stack = await serveStack({ tls: { cert, key }, times: { handshakeMs: 1000 } });
  const { port } = stack.server;
  const open = async (): Promise<TLSSocket> => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'] });
    await once(socket, 'secureConnect');
    return socket.resume();
  };
  const greeted = await open();
  greeted.write(Buffer.concat([preface, frame(Type.settings, 0, 0), frame(Type.settings, ACK, 0)]));
  await closed(await open());
  await until(() => stack.server.connections().open === 1, 'the end of the silent one');
  assert.equal(greeted.closed, false);
  greeted.destroy();
  await stack.close();
  folder.remove();
});

test('limits: a connection without calls is closed in time, and one with a call that takes longer is not', async () => {
  const stack = await serveStack({ times: { idleMs: 300, keepaliveMs: 100, closeMs: 300 } });
  const health = new HealthClient(stack.address, credentials.createInsecure(), local);
  const watch = health.watch({ service: '' });
  const ends: unknown[] = [];
  watch.on('error', (error) => ends.push(error));
  watch.on('end', () => ends.push('end'));
  await once(watch, 'data');
  const idle = await Peer.open(stack.server.port);
  assert.equal(await idle.closed(guardMs), true);
  assert.deepEqual([...idle.said.keys()], ['GOAWAY NO_ERROR']);
  assert.deepEqual(ends, []);
  watch.cancel();
  health.close();
  await stack.close();
});

test('limits: whoever gives no sign of life is cut off, though it has a call under way', async () => {
  const stack = await serveStack({ times: { keepaliveMs: 100, keepaliveTimeoutMs: 300 } });
  const dead = await openSocket(stack.server.port);
  const end = closed(dead);
  dead.once('end', () => dead.end());
  dead.write(
    Buffer.concat([
      preface,
      frame(Type.settings, 0, 0),
      frame(Type.settings, ACK, 0),
      headers(1, request('/NumStore/SetNum')),
    ]),
  );
  await end;
  await stack.close();
});

test('limits: a connection that was given up for a flood does not stay open', async () => {
  const stack = await serveStack({ times: { keepaliveMs: 300, keepaliveTimeoutMs: 300 } });
  const peer = await Peer.open(stack.server.port);
  const brokenOff = (index: number): Buffer =>
    Buffer.concat([
      headers(2 * index + 1, request('/NumStore/SetNum')),
      frame(Type.reset, 0, 2 * index + 1, word(8)),
    ]);
  await peer.flood(20_000, brokenOff, guardMs);
  await until(() => stack.server.connections().open === 0, 'the end of the connection');
  peer.destroy();
  await stack.close();
});

test('limits: a connection that we have ended, and that its peer never ends, is cut off', async () => {
  const stack = await serveStack({ times: { idleMs: 100, closeMs: 300 } });
  const silent = await openSocket(stack.server.port);
  silent.write(Buffer.concat([preface, frame(Type.settings, 0, 0), frame(Type.settings, ACK, 0)]));
  // It keeps its own side open: nothing but the server's cut lets the server's side end.
  await until(() => stack.server.connections().open === 0, 'the cut');
  silent.destroy();
  await stack.close();
});

test('limits: clients whose connection was closed because they were idle call on as if nothing had happened', async () => {
  const stack = await serveStack({ times: { idleMs: 300, closeMs: 5000 } });
  const wire = connect(stack.address);
  const client = await openGrpcClient({ host: '127.0.0.1', port: stack.server.port });
  for (let value = 1n; value <= 2n; value++) {
    assert.equal(await wire.setNum('A', value), value);
    assert.deepEqual(await client.unary(NumStoreService.setNum, { key: 'A', value }), { total: value });
    await until(() => stack.server.connections().open === 0, 'the end of both connections');
  }
  await client.close();
  wire.close();
  await stack.close();
});
