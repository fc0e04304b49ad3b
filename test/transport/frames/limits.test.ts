import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as rest } from 'node:timers/promises';
import { ManualClock } from '../support/clock.ts';
import { createEchoLog, openEcho } from '../support/echo.ts';
import { data, frame, headers, message, request, setting, Type, word } from '../support/frames.ts';
import { RawClient } from '../support/raw-client.ts';

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

test('rfc 9113 10.5: a flood that goes on after the GOAWAY is not read, and its connection is closed', async () => {
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

test('limits: a peer whose calls complete may ping and cancel without end', async () => {
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

test('limits: received bytes that no handler takes are bounded over all streams', async () => {
  await using server = await openEcho(undefined, { limits: { bufferedBytes: 20_000 } });
  await using client = await RawClient.open(server.port);
  const half = message(Buffer.alloc(16_000)).subarray(0, 9_000);
  for (const id of [1, 3, 5]) client.send(headers(id, request('/test.Echo/Unary')), data(id, half, 0));
  assert.equal((await client.answer(5)).fields.get('grpc-status'), '8');
  // What the refused call held is free again, and the others may go on.
  client.send(reset(3), data(1, message(Buffer.alloc(16_000)).subarray(9_000)));
  assert.equal((await client.answer(1)).fields.get('grpc-status'), '0');
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

test('limits: a slow reader of many responses stops the reading, and gets them all in the end', async () => {
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
