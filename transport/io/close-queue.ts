import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

/** To close a connection takes some 20 us, and far more where much of it was never read: thousands at once are not closed in one turn. */
const turnMs = 0.5;

let waiting: Socket[] = [];

/** Closes `socket` at once, or in one of the next turns of the event loop where many are to be closed. Nothing of it is read any more. */
export function closeInTurn(socket: Socket): void {
  socket.pause();
  if (waiting.push(socket) === 1) setImmediate(closeSome);
}

function closeSome(): void {
  const endAt = performance.now() + turnMs;
  let closed = 0;
  do waiting[closed++]?.destroy();
  while (closed < waiting.length && performance.now() < endAt);
  waiting = waiting.slice(closed);
  if (waiting.length > 0) setImmediate(closeSome);
}
