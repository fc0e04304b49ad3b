import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../support/clock.ts';
import { createEchoLog, openEcho } from '../support/echo.ts';
import { ACK, data, ErrorCode, frame, headers, message, request, Type, word } from '../support/frames.ts';
import { RawClient } from '../support/raw-client.ts';

/** How a server ends, and what a fault of one connection does to the others. */

const never = (id: number): Buffer =>
  Buffer.concat([headers(id, request('/test.Echo/Never')), data(id, message('x'))]);
const unary = (id: number): Buffer =>
  Buffer.concat([headers(id, request('/test.Echo/Unary')), data(id, message('x'))]);

test('rfc 9113 6.8: a drain sends GOAWAY, serves calls on their way, sends it again, and ends with the last', async () => {
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

test('server: a drain closes connections whose calls outlast its limit, and reports that', async () => {
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

test('server: an assertion of ours that fails ends its connection only, and is reported and counted', async () => {
  const reported: unknown[] = [];
  await using server = await openEcho(undefined, {
    toStatus: () => {
      throw new TypeError('a fault of ours');
    },
    onInternalError: (error) => reported.push(error),
  });
  await using good = await RawClient.open(server.port);
  await using bad = await RawClient.open(server.port);
  bad.send(headers(1, request('/test.Echo/Fail')), data(1, message('x')));
  await bad.closed();
  good.send(unary(1));
  assert.equal((await good.answer(1)).fields.get('grpc-status'), '0');
  assert.equal(server.counts().internalErrors, 1);
  assert.ok(reported[0] instanceof TypeError);
});

test('rfc 9113 6.8: after a GOAWAY from a client its calls still get their responses', async () => {
  await using server = await openEcho();
  await using client = await RawClient.open(server.port);
  client.send(frame(Type.goaway, 0, 0, '0000000000000000'), unary(1));
  assert.equal((await client.answer(1)).fields.get('grpc-status'), '0');
});

test('rfc 9113 6.8: frames on streams opened after the last GOAWAY are ignored, and DATA counts', async () => {
  const log = createEchoLog();
  const server = await openEcho(log);
  await using client = await RawClient.open(server.port);
  client.send(headers(1, request('/test.Echo/Chat')), unary(3));
  await client.answer(3);
  const closing = server.close(60_000);
  const { payload } = await client.until(({ type }) => type === Type.ping);
  client.send(frame(Type.ping, ACK, 0, payload));
  const second = await client.until(({ type, payload }) => type === Type.goaway && payload[0] === 0);
  assert.equal(second.payload.readUInt32BE(0), 3);
  const ignored = (id: number): Buffer[] => [
    headers(id, request('/test.Echo/Unary')),
    data(id, Buffer.alloc(16_384), 0),
    frame(Type.window, 0, id, word(1)),
    frame(Type.window, 0, id, word(0)),
    frame(Type.priority, 0, id, '0000000000'),
  ];
  client.send(
    ...ignored(5),
    headers(5, [['x-trailer', 'a']], 5),
    ...ignored(7),
    frame(Type.reset, 0, 7, word(8)),
  );
  for (let id = 9; id < 1_009; id += 2) client.send(headers(id, request('/test.Echo/Unary')));
  for (let turn = 0; turn < 32; turn++) client.send(data(9 + 2 * turn, Buffer.alloc(16_384), 0));
  const { type, streamId } = await client.until((next) => next.type !== Type.settings);
  assert.deepEqual({ type, streamId }, { type: Type.window, streamId: 0 });
  client.send(data(1, message('last')));
  assert.deepEqual((await client.answer(1)).content, message('last'));
  await client.closed();
  assert.equal(await closing, true);
  assert.equal(log.begun, 2, 'no ignored call has begun');
});

test('rfc 9113 6.8: after the last GOAWAY a stream that was never opened is still idle', async () => {
  const server = await openEcho();
  await using client = await RawClient.open(server.port);
  client.send(headers(1, request('/test.Echo/Chat')), unary(3));
  await client.answer(3);
  const closing = server.close(60_000);
  const { payload } = await client.until(({ type }) => type === Type.ping);
  client.send(frame(Type.ping, ACK, 0, payload), unary(5), data(7, message('x')));
  assert.deepEqual(await lastFault(client), ErrorCode.protocolError);
  await closing;
});

/** The code of the GOAWAY that reports an error. */
async function lastFault(client: RawClient): Promise<number> {
  const { payload } = await client.until(
    ({ type, payload }) => type === Type.goaway && payload.readUInt32BE(4) !== 0,
  );
  return payload.readUInt32BE(4);
}
