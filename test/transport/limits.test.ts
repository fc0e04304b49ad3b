import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as rest } from 'node:timers/promises';
import { ManualClock } from './support/clock.ts';
import { createEchoLog, openEcho } from './support/echo.ts';
import {
  ACK,
  data,
  frame,
  headers,
  message,
  preface,
  request,
  setting,
  Type,
  word,
} from './support/frames.ts';
import { RawClient } from './support/raw-client.ts';

/** What a connection may cost (RFC 9113 10.5). */

const CALM = { kind: 'connection', code: 11 };
const never = (id: number): Buffer =>
  Buffer.concat([headers(id, request('/test.Echo/Never')), data(id, message('x'))]);
const unary = (id: number): Buffer =>
  Buffer.concat([headers(id, request('/test.Echo/Unary')), data(id, message('x'))]);
const reset = (id: number): Buffer => frame(Type.reset, 0, id, word(8));
const repeat = (count: number, bytes: Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, () => bytes));

const floods: Readonly<Record<string, Buffer>> = {
  PING: frame(Type.ping, 0, 0, '0000000000000000'),
  SETTINGS: frame(Type.settings, 0, 0),
  PRIORITY: frame(Type.priority, 0, 1, '0000000010'),
  'frames of unknown types': frame(0xbb, 0, 0, '00'),
};

for (const [name, bytes] of Object.entries(floods)) {
  test(`rfc 9113 10.5: a flood of ${name} ends the connection`, async () => {
    const clock = new ManualClock();
    await using server = await openEcho(undefined, { clock });
    await using client = await RawClient.open(server.port);
    client.send(repeat(1_100, bytes));
    assert.deepEqual(await client.fault(), CALM);
    await client.closed();
  });
}

test('rfc 9113 10.5: a flood that goes on after its end is not read, and cut off', async () => {
  const clock = new ManualClock();
  await using server = await openEcho(undefined, { clock });
  await using client = await RawClient.open(server.port);
  // More than the buffers of both sockets hold: it can be sent only as it is read.
  const more = Buffer.alloc(64 * 2 ** 20);
  client.send(repeat(1_100, floods['PING'] ?? Buffer.alloc(0)));
  const sent = new Promise<unknown>((resolve) => client.socket.write(more, resolve));
  assert.deepEqual(await client.fault(), CALM);
  assert.equal(await Promise.race([sent, rest(500, 'not read')]), 'not read');
  clock.advance(2_000);
  assert.ok((await sent) instanceof Error);
});

test('rfc 9113 10.5: a flood of empty DATA ends the connection', async () => {
  await using server = await openEcho(undefined, { clock: new ManualClock() });
  await using client = await RawClient.open(server.port);
  client.send(headers(1, request('/test.Echo/Chat')), repeat(1_100, data(1, Buffer.alloc(0), 0)));
  assert.deepEqual(await client.fault(), CALM);
});

test('rfc 9113 10.5: streams opened and reset without end end the connection, and few handlers have begun', async () => {
  const log = createEchoLog();
  await using server = await openEcho(log, { clock: new ManualClock() });
  await using client = await RawClient.open(server.port);
  const pairs = Array.from({ length: 1_200 }, (_, index) => [never(2 * index + 1), reset(2 * index + 1)]);
  client.send(...pairs.flat());
  assert.deepEqual(await client.fault(), CALM);
  assert.ok(log.begun <= 1_001, `${log.begun}`);
});

test('rfc 9113 10.5: streams that break rules without end end the connection too', async () => {
  await using server = await openEcho(undefined, { clock: new ManualClock() });
  await using client = await RawClient.open(server.port);
  const bad = Array.from({ length: 1_200 }, (_, index) => headers(2 * index + 1, [['a', 'b']]));
  client.send(...bad);
  const goaway = await client.until(({ type }) => type === Type.goaway);
  assert.equal(goaway.payload.readUInt32BE(4), CALM.code);
});

test('a peer that works may ping and cancel without end', async () => {
  await using server = await openEcho(undefined, { clock: new ManualClock() });
  await using client = await RawClient.open(server.port);
  for (let round = 0; round < 60; round++) {
    const id = 100 * round + 1;
    client.send(repeat(100, floods['PING'] ?? Buffer.alloc(0)), never(id), reset(id), unary(id + 2));
    await client.answer(id + 2);
  }
});

test('rfc 9113 5.1.2: a stream beyond SETTINGS_MAX_CONCURRENT_STREAMS is refused, and one that ends makes room', async () => {
  await using server = await openEcho(undefined, { limits: { concurrentStreams: 2 } });
  await using client = await RawClient.open(server.port);
  client.send(never(1), never(3), unary(5));
  assert.deepEqual(await client.fault(), { kind: 'stream', code: 7 });
  client.send(reset(1), unary(7));
  assert.equal((await client.answer(7)).fields.get('grpc-status'), '0');
});

test('received bytes that nobody takes are bounded over all streams', async () => {
  await using server = await openEcho(undefined, { limits: { bufferedBytes: 20_000 } });
  await using client = await RawClient.open(server.port);
  const half = message(Buffer.alloc(16_000)).subarray(0, 9_000);
  for (const id of [1, 3, 5]) client.send(headers(id, request('/test.Echo/Unary')), data(id, half, 0));
  assert.equal((await client.answer(5)).fields.get('grpc-status'), '8');
  // What the refused call held is free again, and the others may go on.
  client.send(reset(3), data(1, message(Buffer.alloc(16_000)).subarray(9_000)));
  assert.equal((await client.answer(1)).fields.get('grpc-status'), '0');
});

test('rfc 9113 6.5.3: settings that are not acknowledged, and a preface that does not come, end the connection', async () => {
  const clock = new ManualClock();
  await using server = await openEcho(undefined, { clock });
  await using silent = await RawClient.open(server.port, false);
  await using rude = await RawClient.open(server.port, false);
  rude.send(preface, frame(Type.settings, 0, 0));
  await rude.until(({ type, flags }) => type === Type.settings && flags === ACK);
  clock.advance(10_000);
  await Promise.all([silent.closed(), rude.closed()]);
});

test('keepalive: a peer that answers stays, one that is silent goes', async () => {
  const clock = new ManualClock();
  const times = { keepaliveMs: 5_000, keepaliveTimeoutMs: 3_000 };
  await using server = await openEcho(undefined, { clock, times });
  await using client = await RawClient.open(server.port);
  client.send(unary(1));
  await client.answer(1);
  clock.advance(7_000);
  const { payload } = await client.until(({ type }) => type === Type.ping);
  client.send(frame(Type.ping, ACK, 0, payload), unary(3));
  await client.answer(3);
  clock.advance(3_000);
  assert.equal(server.counts().connections, 1);
  clock.advance(20_000);
  await client.closed();
});

test('an idle connection, and one that is too old, are told to go and closed', async () => {
  for (const times of [{ idleMs: 5_000 }, { ageMs: 5_000 }]) {
    const clock = new ManualClock();
    await using server = await openEcho(undefined, { clock, times });
    await using client = await RawClient.open(server.port);
    clock.advance(6_000);
    const { payload } = await client.until(({ type }) => type === Type.goaway);
    assert.equal(payload.readUInt32BE(0), 2 ** 31 - 1);
    const { payload: opaque } = await client.until(({ type }) => type === Type.ping);
    client.send(frame(Type.ping, ACK, 0, opaque));
    await client.closed();
  }
});

test('a connection that is too old and whose calls do not end within its grace is cut off', async () => {
  const clock = new ManualClock();
  await using server = await openEcho(undefined, { clock, times: { ageMs: 5_000, graceMs: 4_000 } });
  await using client = await RawClient.open(server.port);
  client.send(never(1), unary(3));
  await client.answer(3);
  clock.advance(6_000);
  await client.until(({ type }) => type === Type.goaway);
  clock.advance(2_000);
  assert.equal(server.counts().calls, 1);
  clock.advance(3_000);
  await client.closed();
  assert.equal(server.counts().calls, 0);
});

test('rfc 9113 6.8: a drain says GOAWAY, takes what was on its way, says it again, and ends with the last call', async () => {
  const server = await openEcho();
  await using client = await RawClient.open(server.port);
  client.send(headers(1, request('/test.Echo/Chat')));
  client.send(unary(3));
  await client.answer(3);
  const closing = server.close(60_000);
  const first = await client.until(({ type }) => type === Type.goaway);
  assert.equal(first.payload.readUInt32BE(0), 2 ** 31 - 1);
  const { payload } = await client.until(({ type }) => type === Type.ping);
  client.send(unary(5));
  assert.equal((await client.answer(5)).fields.get('grpc-status'), '0');
  client.send(frame(Type.ping, ACK, 0, payload));
  const second = await client.until(({ type }) => type === Type.goaway);
  assert.equal(second.payload.readUInt32BE(0), 5);
  client.send(data(1, message('last')));
  assert.deepEqual((await client.answer(1)).content, message('last'));
  await client.closed();
  assert.equal(await closing, true);
});

test('a drain cuts off what outlasts its limit, and says so', async () => {
  const clock = new ManualClock();
  const log = createEchoLog();
  const server = await openEcho(log, { clock });
  await using client = await RawClient.open(server.port);
  client.send(never(1), unary(3));
  await client.answer(3);
  const closing = server.close(5_000);
  await client.until(({ type }) => type === Type.goaway);
  clock.advance(5_000);
  assert.equal(await closing, false);
  assert.equal(log.aborted.length, 1);
  assert.equal(clock.armed, 0);
  await client.closed();
});

test('rfc 7541 4.2: a peer that allows no table gets a size update and no entries', async () => {
  await using server = await openEcho();
  await using client = await RawClient.open(server.port);
  client.send(frame(Type.settings, 0, 0, setting(1, 0)));
  for (const id of [1, 3, 5]) {
    client.send(unary(id));
    assert.equal((await client.answer(id)).fields.get('grpc-status'), '0');
  }
});

test('the kill switch: an assertion of ours that fails ends its connection only, is told and counted', async () => {
  const told: unknown[] = [];
  await using server = await openEcho(undefined, {
    toStatus: () => {
      throw new TypeError('a fault of ours');
    },
    onInternalError: (error) => told.push(error),
  });
  await using good = await RawClient.open(server.port);
  await using bad = await RawClient.open(server.port);
  bad.send(headers(1, request('/test.Echo/Fail')), data(1, message('x')));
  await bad.closed();
  good.send(unary(1));
  assert.equal((await good.answer(1)).fields.get('grpc-status'), '0');
  assert.equal(server.counts().internalErrors, 1);
  assert.ok(told[0] instanceof TypeError);
});

test('rfc 9113 6.8: after GOAWAY from a client its calls are still answered', async () => {
  await using server = await openEcho();
  await using client = await RawClient.open(server.port);
  client.send(frame(Type.goaway, 0, 0, '0000000000000000'), unary(1));
  assert.equal((await client.answer(1)).fields.get('grpc-status'), '0');
});

test('a slow reader of many answers stops the reading, and gets them all in the end', async () => {
  await using server = await openEcho(undefined, {
    limits: { unsentBytes: 10_000, connectionWindowBytes: 70_000 },
  });
  await using client = await RawClient.open(server.port);
  client.send(frame(Type.settings, 0, 0, setting(4, 2 ** 30)), frame(Type.window, 0, 0, word(2 ** 30)));
  client.socket.pause();
  const content = message(Buffer.alloc(16_000, 1));
  for (let id = 1; id < 1_000; id += 2)
    client.send(headers(id, request('/test.Echo/Unary')), data(id, content));
  client.socket.resume();
  const answered = new Set<number>();
  while (answered.size < 500) {
    const { streamId } = await client.until(({ fields }) => fields.get('grpc-status') === '0');
    answered.add(streamId);
  }
});
