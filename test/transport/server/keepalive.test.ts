import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../support/clock.ts';
import { openEcho } from '../support/echo.ts';
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
} from '../support/frames.ts';
import { RawClient } from '../support/raw-client.ts';

/** How long a connection may stay. */

const never = (id: number): Buffer =>
  Buffer.concat([headers(id, request('/test.Echo/Never')), data(id, message('x'))]);
const unary = (id: number): Buffer =>
  Buffer.concat([headers(id, request('/test.Echo/Unary')), data(id, message('x'))]);

test('rfc 9113 6.5.3: unacknowledged settings, and a preface that does not come, end the connection', async () => {
  const clock = new ManualClock();
  await using server = await openEcho(undefined, { clock });
  await using silent = await RawClient.open(server.port, false);
  await using rude = await RawClient.open(server.port, false);
  rude.send(preface, frame(Type.settings, 0, 0));
  await rude.until(({ type, flags }) => type === Type.settings && flags === ACK);
  clock.advance(10_000);
  await Promise.all([silent.closed(), rude.closed()]);
});

test('keepalive: a peer that acknowledges its PING stays, a silent one is closed', async () => {
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

test('keepalive: an idle connection, and one past its age, get a GOAWAY and are closed', async () => {
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

test('keepalive: a connection past its age whose calls outlast the grace is closed', async () => {
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

test('keepalive: a PING waits while the peer takes what was sent before it, and no longer', async () => {
  const clock = new ManualClock();
  const times = { keepaliveMs: 5_000, keepaliveTimeoutMs: 3_000 };
  let taken = 0;
  await using server = await openEcho(undefined, { clock, times, bytesTaken: () => taken });
  await using client = await RawClient.open(server.port);
  client.send(frame(Type.settings, 0, 0, setting(4, 2 ** 30)), frame(Type.window, 0, 0, word(2 ** 30)));
  client.send(headers(1, request('/test.Echo/Repeat')), data(1, message(`9:${' '.repeat(10_000)}`)));
  await client.answer(1);
  clock.advance(6_000);
  for (let second = 0; second < 60; second++, taken += 100) clock.advance(1_000);
  assert.equal(server.counts().connections, 1);
  // A PING is acknowledged by a peer that reads nothing else, too.
  taken += 17;
  clock.advance(7_000);
  await client.closed();
});

test('rfc 9113 6.8: the acknowledgement of another PING is not taken for that of the drain', async () => {
  const clock = new ManualClock();
  const times = { keepaliveMs: 5_000, keepaliveTimeoutMs: 30_000, ageMs: 8_000 };
  await using server = await openEcho(undefined, { clock, times });
  await using client = await RawClient.open(server.port);
  clock.advance(6_000);
  const { payload: alive } = await client.until(({ type }) => type === Type.ping);
  clock.advance(2_000);
  const { payload: drain } = await client.until(({ type }) => type === Type.ping);
  client.send(frame(Type.ping, ACK, 0, alive), unary(1));
  assert.equal((await client.answer(1)).fields.get('grpc-status'), '0');
  client.send(frame(Type.ping, ACK, 0, drain));
  await client.closed();
});

const chunkBytes = 65_536;
const windows = (bytes: number): Readonly<Record<string, Buffer>> => ({
  'its own window': frame(Type.window, 0, 1, word(bytes)),
  "the connection's window": frame(Type.window, 0, 0, word(bytes)),
});

/** A reader that lets `bytes` come every 4 s for a minute. Resolves to whether it was cut off. */
async function isCutOff(name: string, bytes: number): Promise<boolean> {
  const clock = new ManualClock();
  await using server = await openEcho(undefined, { clock });
  await using client = await RawClient.open(server.port);
  const streamWindow = name === 'its own window' ? 0 : 2 ** 30;
  client.send(frame(Type.settings, 0, 0, setting(4, streamWindow)), frame(Type.window, 0, 0, word(1)));
  if (streamWindow === 0) client.send(frame(Type.window, 0, 0, word(2 ** 30)));
  const messages = message(Buffer.concat([Buffer.from('100:'), Buffer.alloc(chunkBytes, 1)]));
  const parts = Array.from({ length: 5 }, (_, index) => {
    const part = messages.subarray(index * 16_000, (index + 1) * 16_000);
    return data(1, part, index === 4 ? 1 : 0);
  });
  client.send(headers(1, request('/test.Echo/Repeat')), ...parts);
  await client.until(({ type, streamId }) => type === Type.headers && streamId === 1);
  for (let ms = 0; ms < 60_000; ms += 4_000) {
    client.send(windows(bytes)[name] ?? Buffer.alloc(0), frame(Type.ping, 0, 0, '0000000000000000'));
    await client.until(({ type }) => type === Type.ping);
    clock.advance(4_000);
    if (server.counts().calls === 0) return true;
  }
  return false;
}

for (const name of Object.keys(windows(0))) {
  test(`keepalive: a reader that opens ${name} by a trickle is cut off, at a chunk in ten seconds it stays`, async () => {
    assert.equal(await isCutOff(name, 1), true, 'a byte');
    assert.equal(await isCutOff(name, chunkBytes / 4), true, 'a chunk in 16 s');
    assert.equal(await isCutOff(name, chunkBytes / 2), false, 'a chunk in 8 s');
  });
}
