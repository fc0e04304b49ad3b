import type { Socket } from 'node:net';

/**
 * Resolves once `socket` has closed, however it came to that: a peer that is cut off may be reset while it still writes,
 * and `once` of node:events would reject then. Ask before it can close.
 */
export function closed(socket: Socket): Promise<void> {
  socket.on('error', () => undefined);
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
  });
}
