import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createLock } from '../../server/domain/lock.ts';
import { openStore } from '../../server/store/open.ts';
import { skipRedis, startRedis } from '../support/redis.ts';
import { count } from '../support/scale.ts';
import { startLoad } from '../support/store-load.ts';
import { countLosses, type Reached, readPromoted, readReached } from '../support/store-losses.ts';
import { startProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

/** The longest lag of the replica, in milliseconds: a usual one. */
const lagMsMax = 20;

const settings = [
  { name: 'no setting', redisWait: 0, redis: {} },
  { name: '--redis-wait 1', redisWait: 1, redis: {} },
  { name: 'min-replicas-to-write 1', redisWait: 0, redis: { 'min-replicas-to-write': '1' } },
] as const;

const rounds = count(2, 50);

for (const { name, redisWait, redis } of settings) {
  test(`store redis: ${rounds} failovers with ${name} lose what asynchronous replication may lose, and nothing else`, {
    skip: skipRedis,
  }, async (t) => {
    const losses: number[] = [];
    let acknowledged = 0;
    for (let round = 0; round < rounds; round += 1) {
      const { lost, acks } = await failOver(redisWait, redis);
      losses.push(lost);
      acknowledged += acks;
    }
    const sum = losses.reduce((one, other) => one + other, 0);
    if (redisWait > 0) assert.equal(sum, 0, 'what a replica has confirmed is there when it is promoted');
    reportLosses(t, { name, acknowledged, losses, sum });
  });
}

function reportLosses(
  t: TestContext,
  { name, acknowledged, losses, sum }: { name: string; acknowledged: number; losses: number[]; sum: number },
): void {
  const affected = losses.filter((lost) => lost > 0).length;
  t.diagnostic(
    `${name}: ${rounds} failovers, ${acknowledged} acknowledged writes, ${sum} lost in ${affected} of them, ` +
      `at most ${Math.max(...losses)} in one`,
  );
}

/** Kills a master under load, whose only replica lagged a moment, and promotes that behind the same address. */
async function failOver(
  redisWait: number,
  redis: Readonly<Record<string, string>>,
): Promise<{ lost: number; acks: number }> {
  const master = await startRedis({ appendfsync: 'no', settings: redis });
  const replica = await startRedis({ appendfsync: 'no', replicaOf: master.port });
  await until(async () => (await master.command('WAIT', '1', '1000')) === 1, 'the replica follows');
  const proxy = await startProxy(master.port);
  const spec = `redis://127.0.0.1:${proxy.port}`;
  const open = () => openStore(spec, { lock: createLock(), redisWait });
  const stores = await Promise.all([open(), open(), open()]);
  const load = startLoad(stores);
  try {
    const samples: Reached[] = [];
    while (load.answered() < 300) {
      samples.push(await readReached(master, 'default'));
      await delay(5);
    }
    replica.pause();
    await delay(Math.random() * lagMsMax);
    await master.kill();
    await load.hold();
    const before = [...load.operations];
    replica.resume();
    await until(async () => {
      const state = String(await replica.command('INFO', 'replication'));
      return state.includes('master_link_status:down');
    }, 'the replica has read what was under way');
    await replica.command('REPLICAOF', 'NO', 'ONE');
    const promoted = await readPromoted(replica, 'default');
    if (redisWait > 0) {
      // The promoted one needs a replica that confirms.
      await master.start();
      await master.command('REPLICAOF', '127.0.0.1', String(replica.port));
    }
    proxy.leadTo(replica.port);
    await until(() => stores.every(({ status }) => status === 'serving'), 'the promoted one is found');
    const goal = load.answered() + 100;
    load.resume();
    await until(() => load.answered() > goal, 'calls are answered again');
    await load.stop();
    const after = load.operations.slice(before.length);
    const lost = countLosses({ before, after, samples, ...promoted });
    return { lost, acks: before.filter(({ outcome, kind }) => outcome === 'ok' && kind === 'setNum').length };
  } finally {
    replica.resume();
    load.resume();
    await load.stop();
    await Promise.all(stores.map((store) => store.close()));
    await proxy.close();
    await Promise.all([master.remove(), replica.remove()]);
  }
}
