import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../support/clock.ts';
import { createEchoLog, openEcho } from '../support/echo.ts';
import {
  ACK,
  data,
  type Frame,
  frame,
  headers,
  message,
  request,
  setting,
  Type,
  word,
} from '../support/frames.ts';
import { RawClient } from '../support/raw-client.ts';

/** Flow control and back-pressure (RFC 9113 5.2 and 6.9). */

const isData = ({ type }: Frame): boolean => type === Type.data;
const isPong = ({ type, flags }: Frame): boolean => type === Type.ping && flags === ACK;
const ping = frame(Type.ping, 0, 0, '0102030405060708');
const window = (id: number, bytes: number): Buffer => frame(Type.window, 0, id, word(bytes));

/** A client whose streams begin with a window of `bytes`. */
async function openWithWindow(port: number, bytes: number): Promise<RawClient> {
  const client = await RawClient.open(port);
  client.send(frame(Type.settings, 0, 0, setting(4, bytes)));
  await client.until(({ type, flags }) => type === Type.settings && flags === ACK);
  return client;
}

test('rfc 9113 6.9.1: no DATA beyond the stream window, and the rest when it grows', async () => {
  await using server = await openEcho();
  await using client = await openWithWindow(server.port, 10);
  const bytes = message('a'.repeat(40));
  client.send(headers(1, request('/test.Echo/Unary')), data(1, bytes));
  assert.equal((await client.until(isData)).payload.length, 10);
  client.send(ping);
  await client.until((next) => {
    assert.ok(!isData(next));
    return isPong(next);
  });
  client.send(window(1, 7));
  assert.equal((await client.until(isData)).payload.length, 7);
  client.send(window(1, 100));
  const { content, fields } = await client.answer(1);
  assert.deepEqual(content, bytes.subarray(17));
  assert.equal(fields.get('grpc-status'), '0');
});

test('rfc 9113 6.9.2: a new initial window moves the windows of open streams, below zero too', async () => {
  await using server = await openEcho();
  await using client = await openWithWindow(server.port, 10);
  client.send(headers(1, request('/test.Echo/Unary')), data(1, message('a'.repeat(40))));
  assert.equal((await client.until(isData)).payload.length, 10);
  client.send(frame(Type.settings, 0, 0, setting(4, 4)), window(1, 6), ping);
  await client.until((next) => {
    assert.ok(!isData(next), 'the window is -6 + 6');
    return isPong(next);
  });
  client.send(frame(Type.settings, 0, 0, setting(4, 9)));
  assert.equal((await client.until(isData)).payload.length, 5);
});

test('rfc 9113 5.2.1: the connection window holds all streams together, and they take turns', async () => {
  await using server = await openEcho();
  await using client = await openWithWindow(server.port, 1_000_000);
  const large = message(Buffer.alloc(60_000, 1));
  client.send(headers(1, request('/test.Echo/Repeat')), data(1, message(`9:${'a'.repeat(16_000)}`)));
  client.send(headers(3, request('/test.Echo/Unary')), data(3, large.subarray(0, 16_384), 0));
  client.send(data(3, large.subarray(16_384, 32_768), 0), data(3, large.subarray(32_768, 49_152), 0));
  client.send(data(3, large.subarray(49_152)));
  let received = 0;
  const seen = new Set<number>();
  while (received < 65_535) {
    const next = await client.until(isData);
    received += next.payload.length;
    seen.add(next.streamId);
  }
  assert.equal(received, 65_535);
  client.send(window(0, 32_768));
  for (let more = 0; more < 32_768; ) {
    const next = await client.until(isData);
    more += next.payload.length;
    seen.add(next.streamId);
  }
  assert.deepEqual([...seen].sort(), [1, 3]);
});

test('back-pressure: a handler is asked for the next message when the last is on its way', async () => {
  const log = createEchoLog();
  await using server = await openEcho(log);
  await using client = await openWithWindow(server.port, 100);
  client.send(headers(1, request('/test.Echo/Repeat')), data(1, message(`50:${'a'.repeat(37)}`)));
  await client.until(isData);
  client.send(ping);
  await client.until(isPong);
  // 45 bytes each: two are out whole, the third waits for the window, and the fourth is not made.
  assert.equal(log.repeated, 3);
  client.send(window(1, 45));
  client.send(ping);
  await client.until(isPong);
  client.send(ping);
  await client.until(isPong);
  assert.equal(log.repeated, 4);
});

test('back-pressure: a caller gets no more window than its handler takes', async () => {
  await using server = await openEcho(undefined, { limits: { streamWindowBytes: 1_000 } });
  await using client = await openWithWindow(server.port, 0);
  // The echo of the first message cannot go out, so the handler takes no second and no third.
  client.send(headers(1, request('/test.Echo/Chat')));
  for (let sent = 0; sent < 3; sent++) client.send(data(1, message('a'.repeat(295)), 0));
  client.send(ping);
  const before: Frame[] = [];
  await client.until((next) => {
    before.push(next);
    return isPong(next);
  });
  const granted = before.filter(({ type }) => type === Type.window);
  assert.deepEqual(
    granted.map(({ streamId }) => streamId).filter((id) => id === 1),
    [],
  );
  client.send(window(1, 100_000));
  const update = await client.until(({ type, streamId }) => type === Type.window && streamId === 1);
  assert.equal(update.payload.readUInt32BE(0) >= 600, true);
});

test('a message larger than the stream window is taken', async () => {
  await using server = await openEcho(undefined, { limits: { streamWindowBytes: 20_000 } });
  await using client = await openWithWindow(server.port, 1_000_000);
  client.send(window(0, 1_000_000));
  const bytes = message(Buffer.alloc(200_000, 7));
  client.send(headers(1, request('/test.Echo/Unary')));
  let allowed = 20_000;
  for (let at = 0; at < bytes.length; ) {
    while (allowed === 0) {
      const { payload } = await client.until(({ type, streamId }) => type === Type.window && streamId === 1);
      allowed += payload.readUInt32BE(0);
    }
    const end = Math.min(bytes.length, at + Math.min(allowed, 10_000));
    client.send(data(1, bytes.subarray(at, end), end === bytes.length ? 1 : 0));
    allowed -= end - at;
    at = end;
  }
  assert.deepEqual((await client.answer(1)).content, bytes);
});

test('back-pressure: a call whose caller takes nothing is reset, and its handler is aborted', async () => {
  const clock = new ManualClock();
  const log = createEchoLog();
  await using server = await openEcho(log, { clock });
  await using client = await openWithWindow(server.port, 10);
  client.send(headers(1, request('/test.Echo/Chat')), data(1, message('a'.repeat(40)), 0));
  await client.until(isData);
  for (let seconds = 0; seconds <= 11; seconds++) clock.advance(1_000);
  assert.deepEqual(await client.fault(), { kind: 'stream', code: 8 });
  assert.equal(log.aborted.length, 1);
});

test('rfc 9113 4.2: no frame is longer than the peer allows, and longer ones are used where it allows them', async () => {
  await using server = await openEcho();
  for (const [allowed, expected] of [
    [16_384, 16_384],
    [20_000, 20_000],
  ] as const) {
    await using client = await openWithWindow(server.port, 1_000_000);
    client.send(frame(Type.settings, 0, 0, setting(5, allowed)));
    client.send(
      headers(1, request('/test.Echo/Repeat')),
      data(1, message(`3:${'a'.repeat(16_000)}`).subarray(0, 9_000), 0),
    );
    client.send(data(1, message(`3:${'a'.repeat(16_000)}`).subarray(9_000)));
    const { payload } = await client.until(isData);
    assert.ok(payload.length <= expected);
  }
});
