import { setTimeout as delay } from 'node:timers/promises';
import { unavailable } from '../ledger.ts';

/** One connection, from its beginning to its end. */
export interface Client {
  /** Rejects if Redis refuses the command, or if the connection ends before it has answered. */
  send(command: readonly string[]): Promise<unknown>;
  /** Ends the connection and rejects what has no answer. Idempotent. */
  destroy(): void;
}

const connectMsMax = 5000;

/**
 * Connects to the Redis at `url`.
 * @param onEnd called when the connection has ended by itself
 */
export async function connectClient(url: URL, onEnd: (cause: unknown) => void): Promise<Client> {
  const { createClient } = await importRedis();
  const client = createClient({
    url: url.href,
    RESP: 2,
    // Nothing is kept for later, and nothing is sent twice: who asked is told what is known, and decides.
    disableOfflineQueue: true,
    socket: { connectTimeout: connectMsMax, reconnectStrategy: false },
    maintNotifications: 'disabled',
    commandOptions: { timeout: 0 },
  });
  // Without this listener an error would end the process.
  client.on('error', onEnd);
  client.on('end', () => onEnd(new Error('Redis closed the connection')));
  const destroy = (): void => {
    if (client.isOpen) client.destroy();
  };
  try {
    await within(connectMsMax, client.connect());
  } catch (error) {
    destroy();
    throw error;
  }
  return { send: (command) => client.sendCommand([...command]), destroy };
}

/** The first word of an error that Redis answered with, such as OOM; `undefined` for any other error. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && isErrorReply(error) ? error.message.split(' ', 1)[0] : undefined;
}

/** The class is recognised by its name: to import it would load the package, which is optional. */
function isErrorReply(error: Error): boolean {
  for (
    let type: unknown = error.constructor;
    typeof type === 'function';
    type = Object.getPrototypeOf(type)
  ) {
    if (type.name === 'ErrorReply') return true;
  }
  return false;
}

async function importRedis(): Promise<typeof import('redis')> {
  try {
    return await import('redis');
  } catch (cause) {
    throw unavailable('The redis store needs the package redis: npm install redis', cause);
  }
}

/** A handshake that is never answered does not end by itself. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const cancel = new AbortController();
  const late = delay(ms, undefined, { signal: cancel.signal }).then(() => {
    throw new Error(`Redis has not answered for ${ms} ms`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    cancel.abort();
  }
}
