import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';
import { freePort, type RedisServer, startRedis } from './redis.ts';
import { until } from './until.ts';

/** A master with two replicas, and three sentinels that watch them. */
export interface SentinelGroup {
  readonly servers: readonly RedisServer[];
  readonly sentinelPorts: readonly number[];
  /** redis+sentinel://..., of all sentinels */
  readonly spec: string;
  /** The master that the sentinels name. */
  master(): Promise<RedisServer>;
  remove(): Promise<void>;
}

const masterName = 'numbers';

export async function startSentinels(
  settings: Readonly<Record<string, string>> = {},
): Promise<SentinelGroup> {
  const first = await startRedis({ appendfsync: 'no', settings });
  const replicas = await Promise.all(
    [0, 1].map(() => startRedis({ appendfsync: 'no', replicaOf: first.port, settings })),
  );
  const servers = [first, ...replicas];
  await until(async () => (await first.command('WAIT', '2', '1000')) === 2, 'the replicas follow');
  const directory = await mkdtemp(join(tmpdir(), 'numstore-sentinel-'));
  const children: ChildProcess[] = [];
  const sentinelPorts: number[] = [];
  for (let index = 0; index < 3; index += 1) {
    const port = await freePort();
    const file = join(directory, `sentinel-${index}.conf`);
    const lines = [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${directory}`,
      `sentinel monitor ${masterName} 127.0.0.1 ${first.port} 2`,
      `sentinel down-after-milliseconds ${masterName} 500`,
      `sentinel failover-timeout ${masterName} 3000`,
    ];
    await writeFile(file, `${lines.join('\n')}\n`);
    children.push(spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' }));
    sentinelPorts.push(port);
  }
  const ask = async (port: number, ...words: string[]): Promise<unknown> => {
    const client = createClient({
      RESP: 2,
      socket: { host: '127.0.0.1', port, reconnectStrategy: false, connectTimeout: 1000 },
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await client.sendCommand(words);
    } finally {
      if (client.isOpen) client.destroy();
    }
  };
  for (const port of sentinelPorts) {
    await until(async () => {
      const reply = await ask(port, 'SENTINEL', 'CKQUORUM', masterName);
      const known = await ask(port, 'SENTINEL', 'REPLICAS', masterName);
      return String(reply).startsWith('OK 3') && Array.isArray(known) && known.length === 2;
    }, 'the sentinels know each other');
  }
  return {
    servers,
    sentinelPorts,
    spec: `redis+sentinel://${sentinelPorts.map((port) => `127.0.0.1:${port}`).join(',')}/${masterName}`,
    async master() {
      const [port = 0] = sentinelPorts;
      const reply = await ask(port, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName);
      const [, named] = Array.isArray(reply) ? reply : [];
      const found = servers.find((server) => String(server.port) === named);
      if (found === undefined) throw new Error(`no master at ${named}`);
      return found;
    },
    async remove() {
      for (const child of children) {
        const exit = once(child, 'exit');
        child.kill('SIGKILL');
        await exit;
      }
      await Promise.all(servers.map((server) => server.remove()));
      await rm(directory, { recursive: true, force: true });
    },
  };
}
