import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { createClient } from 'redis';
import { skipWithout } from './foreign.ts';
import { until } from './until.ts';

/** Why tests that need Redis are skipped, or `false` if they are not. */
export const skipRedis = skipWithout('redis', hasRedisServer(), 'needs redis-server (Debian: redis-server)');

export interface RedisOptions {
  /** @default 'always' */
  readonly appendfsync?: 'always' | 'everysec' | 'no';
  /** Port of its master. */
  readonly replicaOf?: number;
  /** Lines of its configuration, by name. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How `command` and the check that it has started connect. */
  readonly client?: { readonly password?: string; readonly tls?: ConnectionOptions };
}

/** A redis-server of our own, on a free port, with its files in a temporary directory. */
export interface RedisServer {
  readonly port: number;
  /** redis://127.0.0.1:PORT/0 */
  readonly spec: string;
  /** Runs one command on a connection of its own. */
  command(...words: string[]): Promise<unknown>;
  /** SIGKILL, and waits for its end. */
  kill(): Promise<void>;
  pause(): void;
  resume(): void;
  /** Starts it again, if it was killed, on the same port and files. */
  start(): Promise<void>;
  /** Ends it and removes its files. */
  remove(): Promise<void>;
}

/** Starts one; it answers when this resolves. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const directory = await mkdtemp(join(tmpdir(), 'numstore-redis-'));
  const port = await freePort();
  let child: ChildProcess | undefined;

  const command = async (...words: string[]): Promise<unknown> => {
    const { tls, ...user } = options.client ?? {};
    const socket = { host: '127.0.0.1', port, reconnectStrategy: false, connectTimeout: 1000 } as const;
    const client = createClient({
      ...user,
      socket: tls === undefined ? socket : { ...socket, ...tls, tls: true },
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await client.sendCommand(words);
    } finally {
      if (client.isOpen) client.destroy();
    }
  };

  const start = async (): Promise<void> => {
    if (child !== undefined && child.exitCode === null && child.signalCode === null) return;
    const settings: Record<string, string> = {
      port: String(port),
      bind: '127.0.0.1',
      dir: directory,
      save: '',
      appendonly: 'yes',
      appendfsync: options.appendfsync ?? 'always',
      'repl-diskless-sync-delay': '0',
      ...(options.replicaOf === undefined ? {} : { replicaof: `127.0.0.1 ${options.replicaOf}` }),
      ...(options.client?.tls === undefined ? {} : { port: '0', 'tls-port': String(port) }),
      ...options.settings,
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    child = spawn('redis-server', args, { stdio: 'ignore' });
    await until(async () => (await command('PING')) === 'PONG', 'redis-server answers');
  };

  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  };

  await start();
  return {
    port,
    spec: `redis://127.0.0.1:${port}/0`,
    command,
    kill,
    pause: () => child?.kill('SIGSTOP'),
    resume: () => child?.kill('SIGCONT'),
    start,
    async remove() {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function hasRedisServer(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A port that is free; the one 10 000 above it, where a node of a cluster talks to others, exists. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('Expected a TCP address');
  return address.port > 55_000 ? freePort() : address.port;
}
