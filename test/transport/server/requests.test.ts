import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createRequestBudget } from '../../../server/net/request-budget.ts';
import { ManualClock } from '../support/clock.ts';
import { openEcho } from '../support/echo.ts';
import { data, frame, headers, message, request, Type } from '../support/frames.ts';
import { RawClient } from '../support/raw-client.ts';

/** What requests may cost that are not complete. */

const part = message(Buffer.alloc(60_000)).subarray(0, 10_000);
const ping = frame(Type.ping, 0, 0, '0000000000000000');

/** Sends `bytes`, and waits until the server has read them. */
async function sendRead(client: RawClient, ...bytes: readonly Buffer[]): Promise<void> {
  client.send(...bytes, ping);
  await client.until(({ type }) => type === Type.ping);
}

test('requests: a message of a stream must be complete in time, and the time between messages counts for nothing', async () => {
  const clock = new ManualClock();
  await using server = await openEcho(undefined, { clock, times: { requestMs: 5_000 } });
  await using client = await RawClient.open(server.port);
  await sendRead(client, headers(1, request('/test.Echo/Chat')), data(1, message('a'), 0));
  clock.advance(60_000);
  const whole = message(Buffer.alloc(600));
  for (let round = 0; round < 20; round++) {
    // Each check finds a message incomplete, and each time it is another one.
    await sendRead(client, data(1, whole.subarray(0, 300), 0));
    clock.advance(1_000);
    await sendRead(client, data(1, whole.subarray(300), 0));
  }
  assert.equal(server.counts().calls, 1);
  await sendRead(client, data(1, whole.subarray(0, 300), 0));
  clock.advance(8_000);
  assert.equal((await client.answer(1)).fields.get('grpc-status'), '4');
  assert.equal(server.counts().calls, 0);
});

test('requests: a header block that is not complete in time ends the connection, however it trickles', async () => {
  const clock = new ManualClock();
  await using server = await openEcho(undefined, { clock, times: { requestMs: 5_000 } });
  await using client = await RawClient.open(server.port);
  const whole = headers(1, request('/test.Echo/Unary'));
  const head = Buffer.from(whole);
  head[4] = 0;
  client.send(head);
  let isClosed = false;
  const end = client.closed().then(() => {
    isClosed = true;
  });
  for (let sent = 0; !isClosed; sent++) {
    if (sent < 5) client.send(frame(Type.continuation, 0, 1));
    clock.advance(2_000);
    await nextTurn();
  }
  await end;
});

test('requests: memory that is held for a few bytes counts as a whole', async () => {
  const requests = createRequestBudget(2 ** 20, () => assert.fail('nothing to refuse'));
  await using server = await openEcho(undefined, { requests });
  await using client = await RawClient.open(server.port);
  await sendRead(client, headers(1, request('/test.Echo/Unary')), data(1, part.subarray(0, 6), 0));
  assert.equal(requests.counts().bytes, 1_024);
});

test('requests: messages that a handler has not taken count, and nothing does once it has', async () => {
  const requests = createRequestBudget(2 ** 20, () => assert.fail('nothing to refuse'));
  await using server = await openEcho(undefined, { requests });
  await using client = await RawClient.open(server.port);
  for (const path of ['/test.Echo/Join', '/test.Echo/Chat', '/test.Echo/Unary', '/test.Echo/Never']) {
    const id = 2 * ['Join', 'Chat', 'Unary', 'Never'].findIndex((name) => path.endsWith(name)) + 1;
    await sendRead(client, headers(id, request(path)), data(id, part, 0));
    assert.ok(requests.counts().bytes >= part.length, path);
    await sendRead(client, frame(Type.reset, 0, id, '00000008'));
    assert.equal(requests.counts().bytes, 0, path);
  }
});

test('requests: a call that loses its bytes gets RESOURCE_EXHAUSTED with a pause to wait, and no frame follows its reset', async () => {
  const requests = createRequestBudget(15_000, () => undefined);
  await using server = await openEcho(undefined, { requests });
  await using client = await RawClient.open(server.port);
  client.send(headers(1, request('/test.Echo/Unary')), data(1, part, 0));
  client.send(headers(3, request('/test.Echo/Unary')), data(3, part, 0));
  const { fields } = await client.answer(1);
  assert.equal(fields.get('grpc-status'), '8');
  assert.equal(fields.get('grpc-retry-pushback-ms'), '100');
  client.send(data(1, part, 0), ping);
  for (;;) {
    const { type, streamId } = await client.until(() => true);
    if (type === Type.ping) break;
    if (streamId === 1) assert.equal(type, Type.reset);
  }
  assert.equal(server.counts().internalErrors, 0);
});
