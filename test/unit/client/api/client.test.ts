import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { Metadata, Server, status } from '@grpc/grpc-js';
import { NumStoreClientError, type NumStoreTypedClient, openClient } from '../../../../client/api/client.ts';
import { type NumStoreServer, NumStoreService } from '../../../../generated/numstore.ts';
import { bind, rejectsWith } from '../../../support/stub.ts';

/** Answers a SetNum with its value and a Fact of "missing" with an error; a Fact of "silent" is never answered. */
let announceSilent = (): void => undefined;
/** How many of the next calls find the server UNAVAILABLE, and how many have come. */
const outage = { left: 0, calls: 0 };
function isOut(): boolean {
  outage.calls += 1;
  outage.left -= 1;
  return outage.left >= 0;
}
const unavailable = { code: status.UNAVAILABLE, details: 'starting' };
const handlers: NumStoreServer = {
  setNum: (call, callback) => {
    if (isOut()) callback(unavailable);
    else if (call.request.key === 'full')
      callback({ code: status.OUT_OF_RANGE, details: 'the total would leave int64' });
    else if (call.request.key.startsWith('later ')) {
      const metadata = new Metadata();
      metadata.set('grpc-retry-pushback-ms', call.request.key.slice('later '.length));
      callback({ code: status.RESOURCE_EXHAUSTED, details: 'later', metadata });
    } else callback(null, { total: call.request.value });
  },
  fact: (call, callback) => {
    if (isOut()) callback(unavailable);
    else if (call.request.key === 'silent') announceSilent();
    else if (call.request.key === 'missing') callback(null, { value: 0n, hit: false, error: 'no such key' });
    else callback(null, { value: 120n, hit: true, error: '' });
  },
};
const stub = createStub();
let port = 0;
let client: NumStoreTypedClient;

before(async () => {
  port = await bind(stub);
  client = await openClient({ port });
});

after(async () => {
  await client.close();
  stub.forceShutdown();
});

test('client: bigints pass unchanged, to both ends of int64', async () => {
  for (const value of [0n, 1n, -1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)]) {
    assert.equal(await client.setNum('A', value), value);
  }
});

test('client: a Fact is a value with its hit, or an error', async () => {
  assert.deepEqual(await client.fact('A'), { kind: 'value', value: 120n, hit: true });
  assert.deepEqual(await client.fact('missing'), { kind: 'error', error: 'no such key' });
});

test('client: what cannot be sent unchanged is refused before it is sent', async () => {
  for (const value of [2n ** 63n, -(2n ** 63n) - 1n])
    await rejectsWith(client.setNum('A', value), 'INVALID_VALUE');
  for (const key of ['\ud800', 'a\udc00b', '\udc00\ud800']) {
    await rejectsWith(client.setNum(key, 1n), 'INVALID_KEY');
    await rejectsWith(client.fact(key), 'INVALID_KEY');
  }
  assert.equal(await client.setNum('\ud83d\ude00', 3n), 3n);
});

test('client: a status is an error with its name as code, its details as message, and the cause', async () => {
  await assert.rejects(client.setNum('full', 1n), (error) => {
    assert.ok(error instanceof NumStoreClientError);
    assert.equal(error.code, 'OUT_OF_RANGE');
    assert.equal(error.message, 'the total would leave int64');
    assert.ok(error.cause instanceof Error);
    return true;
  });
});

test('client: a call that is not answered ends at its deadline', () =>
  rejectsWith(client.fact('silent', { deadlineMs: 20 }), 'DEADLINE_EXCEEDED'));

test('client: an aborted call is CANCELLED, before it is sent and after', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  announceSilent = () => controller.abort();
  await rejectsWith(client.fact('silent', { signal }), 'CANCELLED');
  await rejectsWith(client.fact('A', { signal }), 'CANCELLED');
});

test('client: the reason of an aborted signal is the cause of the error, before the call is sent and after', async () => {
  for (const isBefore of [true, false]) {
    const controller = new AbortController();
    const reason = new Error('not needed any longer');
    if (isBefore) controller.abort(reason);
    else announceSilent = () => controller.abort(reason);
    await assert.rejects(client.fact('silent', { signal: controller.signal }), (error) => {
      assert.ok(error instanceof NumStoreClientError);
      assert.equal(error.code, 'CANCELLED');
      assert.equal(error.cause, reason);
      return true;
    });
  }
});

test('client: one signal serves thousands of calls at once without a warning, and keeps no listener', async () => {
  const warnings: Error[] = [];
  const warn = (warning: Error): void => void warnings.push(warning);
  process.on('warning', warn);
  const { signal } = new AbortController();
  const calls = Array.from({ length: 2000 }, () => client.setNum('A', 1n, { signal, deadlineMs: 100_000 }));
  assert.equal(getEventListeners(signal, 'abort').length, 1);
  await Promise.all(calls);
  assert.equal(getEventListeners(signal, 'abort').length, 0);
  await new Promise((resolve) => setImmediate(resolve)); // warnings are emitted in a turn of their own
  process.off('warning', warn);
  assert.deepEqual(warnings, []);
});

test('client: aborting one signal ends each of its calls', async () => {
  const controller = new AbortController();
  let begun = 0;
  announceSilent = () => {
    begun++;
    if (begun === 50) controller.abort();
  };
  const calls = Array.from({ length: 50 }, () => client.fact('silent', { signal: controller.signal }));
  for (const call of calls) await rejectsWith(call, 'CANCELLED');
});

test('client: when the server says when to try again, the error says so', async () => {
  const pushbacks = [
    ['1500', 1500],
    ['0', 0],
    ['-1', undefined],
    ['soon', undefined],
  ] as const;
  for (const [text, expected] of pushbacks) {
    await assert.rejects(client.setNum(`later ${text}`, 1n), (error) => {
      assert.ok(error instanceof NumStoreClientError);
      assert.equal(error.retryAfterMs, expected);
      return true;
    });
  }
});

test('client: a Fact is tried again while the server is UNAVAILABLE; a SetNum never is', async () => {
  Object.assign(outage, { left: 2, calls: 0 });
  assert.deepEqual(await client.fact('A'), { kind: 'value', value: 120n, hit: true });
  assert.equal(outage.calls, 3);
  Object.assign(outage, { left: 1, calls: 0 });
  await rejectsWith(client.setNum('A', 1n), 'UNAVAILABLE');
  assert.equal(outage.calls, 1);
  Object.assign(outage, { left: 9, calls: 0 });
  await rejectsWith(client.fact('A', { deadlineMs: 50 }), 'DEADLINE_EXCEEDED');
  Object.assign(outage, { left: 1, calls: 0 });
  const hasty = await openClient({ port, retries: false });
  await rejectsWith(hasty.fact('A'), 'UNAVAILABLE');
  await hasty.close();
});

test('client: close lets calls in flight end, refuses new ones as CLOSED, and can be repeated', async () => {
  const other = await openClient({ port });
  const inFlight = other.setNum('A', 5n);
  const closed = Promise.all([other.close(), other.close()]);
  await rejectsWith(other.fact('A'), 'CLOSED');
  assert.equal(await inFlight, 5n);
  await closed;
  await other[Symbol.asyncDispose]();
});

test('client: nobody there, or somebody who does not speak gRPC, is UNREACHABLE', async () => {
  const mute = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const address = mute.address();
  assert.ok(address !== null && typeof address === 'object');
  await rejectsWith(openClient({ port: address.port, connectTimeoutMs: 300 }), 'UNREACHABLE');
  mute.close();
  await once(mute, 'close');
  await rejectsWith(openClient({ port: address.port, connectTimeoutMs: 300 }), 'UNREACHABLE');
});

test('client: waits for a server that starts late', async () => {
  const late = createStub();
  const placeholder = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(placeholder, 'listening');
  const address = placeholder.address();
  assert.ok(address !== null && typeof address === 'object');
  const opening = openClient({ port: address.port });
  await once(placeholder, 'connection'); // the client has tried, and failed, at least once
  placeholder.close();
  await once(placeholder, 'close');
  await bind(late, address.port);
  const opened = await opening;
  assert.equal(await opened.setNum('A', 1n), 1n);
  await opened.close();
  late.forceShutdown();
});

function createStub(): Server {
  const server = new Server();
  server.addService(NumStoreService, handlers);
  return server;
}
