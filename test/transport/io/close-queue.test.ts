import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { scheduleClose } from '../../../transport/io/close-queue.ts';
import { closed } from '../../support/closed.ts';
import { openEcho } from '../support/echo.ts';
import { ACK, data, frame, headers, message, request, Type } from '../support/frames.ts';
import { RawClient } from '../support/raw-client.ts';

/** A socket that takes longer to close than all that are closed in one turn may take together. */
class SlowToClose extends Socket {
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const endAt = performance.now() + 1;
    while (performance.now() < endAt);
    super._destroy(error, done);
  }
}

test('close queue: each turn of the event loop closes some of many sockets, in order', async () => {
  const sockets = Array.from({ length: 5 }, () => new SlowToClose());
  const ends = sockets.map(closed);
  for (const socket of sockets) scheduleClose(socket);
  const counts: number[] = [];
  const closedSoFar = (): Socket[] => sockets.filter(({ destroyed }) => destroyed);
  while (counts.at(-1) !== sockets.length) {
    await nextTurn();
    const count = closedSoFar().length;
    counts.push(count);
    assert.deepEqual(closedSoFar(), sockets.slice(0, count), 'the first sockets close first');
    assert.ok(counts.length < 100, String(counts));
  }
  assert.ok(counts.length >= sockets.length, `other work has its turns: ${counts}`);
  await Promise.all(ends);
});

test('close queue: a socket that waits is not read, and may be closed twice', async () => {
  const socket = new Socket();
  const end = closed(socket);
  scheduleClose(socket);
  scheduleClose(socket);
  assert.ok(socket.isPaused());
  await end;
});

/** The frames that a client receives when it sends `calls` and then ends its half. */
async function framesUntilEnd(...calls: readonly Buffer[]): Promise<readonly number[]> {
  await using server = await openEcho();
  await using client = await RawClient.open(server.port);
  client.send(...calls);
  // Once the server has acknowledged the PING, it has read what came before.
  client.send(frame(Type.ping, 0, 0, '0000000000000000'));
  await client.until(({ type, flags }) => type === Type.ping && flags === ACK);
  client.socket.end();
  const types: number[] = [];
  for (let heard = await client.next(); heard !== undefined; heard = await client.next())
    types.push(heard.type);
  return types;
}

test('close queue: a client that ends its half gets a GOAWAY only while a call is under way', async () => {
  assert.deepEqual(await framesUntilEnd(), []);
  const call = [headers(1, request('/test.Echo/Never')), data(1, message('x'))];
  assert.ok((await framesUntilEnd(...call)).includes(Type.goaway));
});
