import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { closeInTurn } from '../../transport/http2/close-queue.ts';
import { closed } from '../support/closed.ts';

/** A socket that takes longer to close than all that are closed in one turn may take together. */
class SlowToClose extends Socket {
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const endAt = performance.now() + 1;
    while (performance.now() < endAt);
    super._destroy(error, done);
  }
}

test('close queue: of many connections that are to be closed, each turn of the event loop closes some, in order', async () => {
  const sockets = Array.from({ length: 5 }, () => new SlowToClose());
  const ends = sockets.map(closed);
  for (const socket of sockets) closeInTurn(socket);
  const counts: number[] = [];
  while (counts.at(-1) !== sockets.length) {
    await nextTurn();
    counts.push(sockets.filter(({ destroyed }) => destroyed).length);
    assert.ok(counts.length < 100, String(counts));
  }
  assert.ok(counts.length >= sockets.length, `what else there is has its turns: ${counts}`);
  await Promise.all(ends);
});

test('close queue: what is to be closed is read no more, and may be closed twice', async () => {
  const socket = new Socket();
  const end = closed(socket);
  closeInTurn(socket);
  closeInTurn(socket);
  assert.ok(socket.isPaused());
  await end;
});
