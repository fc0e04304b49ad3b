import { setTimeout as delay } from 'node:timers/promises';
import type { SecureContextOptions } from 'node:tls';
import { unavailable } from '../ledger.ts';
import type { Address } from '../redis-place.ts';

/** What a connection shows and trusts, read anew for each connection. */
export interface RedisCredentials {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Certificates in PEM. @default what Node trusts */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** How to reach every server of a place. */
export interface Access {
  readonly isTls: boolean;
  /** The name that a certificate must have. @default the host */
  readonly serverName?: string | undefined;
  readonly database: number;
  readonly credentials: () => RedisCredentials;
}

/** One connection, from its beginning to its end. */
export interface Client {
  /** Rejects if Redis refuses the command, or if the connection ends before it has answered. */
  send(command: readonly string[]): Promise<unknown>;
  /** Ends the connection and rejects what has no answer. Idempotent. */
  destroy(): void;
}

/**
 * Connects to the Redis at `address`.
 * @param onEnd called when the connection has ended by itself
 */
export async function connectClient(
  { host, port }: Address,
  access: Access,
  connectMsMax: number,
  onEnd: (cause: unknown) => void,
): Promise<Client> {
  const { createClient } = await importRedis();
  const { username, password, ...files } = access.credentials();
  const socket = { host, port, connectTimeout: connectMsMax, reconnectStrategy: false as const };
  const client = createClient({
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    database: access.database,
    RESP: 2,
    // Nothing is kept for later, and nothing is sent twice: the caller learns what is known, and decides.
    disableOfflineQueue: true,
    socket: access.isTls ? { ...socket, tls: true, ...tlsOptions(access, files) } : socket,
    maintNotifications: 'disabled',
    commandOptions: { timeout: 0 },
  });
  let isDestroyed = false;
  const end = (cause: unknown): void => {
    if (!isDestroyed) onEnd(cause);
  };
  // Without this listener an error would end the process.
  client.on('error', end);
  client.on('end', () => end(new Error('Redis closed the connection')));
  const destroy = (): void => {
    isDestroyed = true;
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

function tlsOptions({ serverName }: Access, { ca, cert, key }: RedisCredentials) {
  const files: SecureContextOptions = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  return serverName === undefined ? files : { ...files, servername: serverName };
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
