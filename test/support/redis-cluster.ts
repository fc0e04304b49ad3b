import assert from 'node:assert/strict';
import { type RedisServer, startRedis } from './redis.ts';
import { until } from './until.ts';

/** Three masters with a replica each. */
export interface RedisCluster {
  readonly nodes: readonly RedisServer[];
  /** The slot of the keys of a namespace. */
  slotOf(namespace: string): Promise<number>;
  /** The master that has the slot. */
  ownerOf(slot: number): Promise<RedisServer>;
  /** Its replicas that follow it. */
  replicasOf(owner: RedisServer): Promise<readonly RedisServer[]>;
  /** Begins to bring a slot from its owner to another master: keys follow by `moveKeys`. */
  beginMove(slot: number, from: RedisServer, to: RedisServer): Promise<void>;
  moveKeys(from: RedisServer, to: RedisServer, ...keys: string[]): Promise<void>;
  /** Every master learns the new owner. */
  endMove(slot: number, to: RedisServer): Promise<void>;
  remove(): Promise<void>;
}

const slotCount = 16_384;

export async function startCluster(settings: Readonly<Record<string, string>> = {}): Promise<RedisCluster> {
  const nodes = await Promise.all(
    Array.from({ length: 6 }, () =>
      startRedis({
        appendfsync: 'no',
        settings: { 'cluster-enabled': 'yes', 'cluster-node-timeout': '1000', ...settings },
      }),
    ),
  );
  const masters = nodes.slice(0, 3);
  const idOf = async (node: RedisServer): Promise<string> => String(await node.command('CLUSTER', 'MYID'));
  const [first] = nodes;
  assert.ok(first !== undefined);
  for (const [index, node] of nodes.entries()) {
    await node.command('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
    if (node !== first) await node.command('CLUSTER', 'MEET', '127.0.0.1', String(first.port));
  }
  for (const [index, master] of masters.entries()) {
    const [from, to] = [index, index + 1].map((part) => Math.floor((part * slotCount) / 3));
    await master.command('CLUSTER', 'ADDSLOTSRANGE', String(from), String((to ?? 0) - 1));
  }
  for (const [index, master] of masters.entries()) {
    const replica = nodes[3 + index] ?? assert.fail();
    const id = await idOf(master);
    await until(async () => (await nodesOf(replica)).includes(id), 'the replica knows its master');
    await replica.command('CLUSTER', 'REPLICATE', id);
  }
  await until(async () => {
    const infos = await Promise.all(nodes.map((node) => node.command('CLUSTER', 'INFO')));
    const lists = await Promise.all(nodes.map(nodesOf));
    const areSlaves = lists.every((list) => list.split('slave').length === 4 && !list.includes('handshake'));
    return areSlaves && infos.every((info) => String(info).includes('cluster_state:ok'));
  }, 'the cluster is complete');
  await until(async () => {
    const waits = masters.map((master) => master.command('INFO', 'replication'));
    return (await Promise.all(waits)).every((info) => String(info).includes('state=online'));
  }, 'the replicas follow');

  const byPort = (port: string): RedisServer =>
    nodes.find((node) => String(node.port) === port) ?? assert.fail(`no node at ${port}`);
  return {
    nodes,
    slotOf: async (namespace) =>
      Number(await first.command('CLUSTER', 'KEYSLOT', `numstore:{${namespace}}:values`)),
    async ownerOf(slot) {
      for (const node of nodes) {
        const list = await nodesOf(node).catch(() => '');
        for (const line of list.split('\n')) {
          const [, address = '', flags = '', , , , , , ...ranges] = line.split(' ');
          const owns = ranges.some((range) => {
            const [from = '', to = from] = range.split('-');
            return Number(from) <= slot && slot <= Number(to);
          });
          if (owns && !flags.includes('fail')) return byPort(/:(\d+)@/.exec(address)?.[1] ?? '');
        }
      }
      return assert.fail(`no node has the slot ${slot}`);
    },
    async replicasOf(owner) {
      const list = await nodesOf(owner);
      const id = await idOf(owner);
      const lines = list.split('\n').filter((line) => line.includes(`slave ${id}`));
      return lines.map((line) => byPort(/:(\d+)@/.exec(line)?.[1] ?? ''));
    },
    async beginMove(slot, from, to) {
      await to.command('CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', await idOf(from));
      await from.command('CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', await idOf(to));
    },
    async moveKeys(from, to, ...keys) {
      await from.command('MIGRATE', '127.0.0.1', String(to.port), '', '0', '5000', 'KEYS', ...keys);
    },
    async endMove(slot, to) {
      const id = await idOf(to);
      for (const node of [to, ...nodes.filter((other) => other !== to)]) {
        await node.command('CLUSTER', 'SETSLOT', String(slot), 'NODE', id).catch(() => undefined);
      }
    },
    async remove() {
      await Promise.all(nodes.map((node) => node.remove()));
    },
  };
}

async function nodesOf(node: RedisServer): Promise<string> {
  return String(await node.command('CLUSTER', 'NODES'));
}
