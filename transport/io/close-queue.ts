import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

/**
 * How long one turn of the event loop may close connections, in milliseconds. Closing one takes
 * some 20 us, and far more with much unread, so thousands are not closed in one turn.
 */
const turnMs = 0.5;

let waiting: Socket[] = [];

/**
 * Closes `socket` at the end of this turn of the event loop, or in a later one when many sockets
 * wait. Nothing of it is read any more.
 */
export function scheduleClose(socket: Socket): void {
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
