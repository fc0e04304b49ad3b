import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draw } from '../support/random.ts';
import { count } from '../support/scale.ts';
import { startServer } from '../support/server.ts';
import { connect } from '../support/wire.ts';

const clients = 64;
const writesEach = count(50, 1000);
const sharedWritesEach = count(20, 200);
const connections = 8;

interface Write {
  readonly before: bigint;
  readonly after: bigint;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Runs `client` 64 times at once over a few connections, each strictly one request at a time. */
async function load(
  address: string,
  client: (wire: ReturnType<typeof connect>, index: number) => Promise<void>,
): Promise<void> {
  const wires = Array.from({ length: connections }, () => connect(address));
  try {
    await Promise.all(
      Array.from({ length: clients }, (_, index) =>
        client(wires[index % connections] ?? assert.fail(), index),
      ),
    );
  } finally {
    for (const wire of wires) wire.close();
  }
}

test(`total: 64 clients x ${writesEach} writes on keys of their own link into one chain that respects start and end`, async () => {
  const server = await startServer();
  const { seed, bigint } = draw();
  const writes: Write[] = [];
  await load(server.address, async (wire, index) => {
    // 64 clients of 2^56 stay inside int64, and totals practically never meet by chance.
    const held = [0n, 0n, 0n];
    for (let done = 0; done < writesEach; done++) {
      const slot = done % held.length;
      const value = bigint(-(2n ** 55n), 2n ** 55n);
      const startedAt = performance.now();
      const after = await wire.setNum(`client-${index}-${slot}`, value);
      const endedAt = performance.now();
      writes.push({ before: after - (value - (held[slot] ?? 0n)), after, startedAt, endedAt });
      held[slot] = value;
    }
  });

  const byTotalBefore = new Map(writes.map((write) => [write.before, write]));
  assert.equal(byTotalBefore.size, writes.length, `seed ${seed}: no two writes started from the same total`);
  let total = 0n;
  let latestStart = 0;
  for (let linked = 0; linked < writes.length; linked++) {
    const write = byTotalBefore.get(total);
    assert.ok(write, `seed ${seed}: a write follows on ${total}`);
    assert.ok(
      write.endedAt >= latestStart,
      `seed ${seed}: no write comes after one that started when it had ended`,
    );
    latestStart = Math.max(latestStart, write.startedAt);
    total = write.after;
  }
  assert.equal((await server.stop()).code, 0);
});

test('total: on shared keys it is at the end the sum of the last values', async () => {
  const server = await startServer();
  const { seed, integer, bigint } = draw();
  const keys = Array.from({ length: 10 }, (_, index) => `shared-${index}`);
  await load(server.address, async (wire) => {
    for (let done = 0; done < sharedWritesEach; done++) {
      await wire.setNum(keys[integer(0, keys.length - 1)] ?? '', bigint(-(2n ** 40n), 2n ** 40n));
    }
  });
  // Clearing a key changes the total by exactly the value that it had last.
  const wire = connect(server.address);
  let total = await wire.setNum('new', 0n);
  let sum = 0n;
  for (const key of keys) {
    const after = await wire.setNum(key, 0n);
    sum += total - after;
    total = after;
  }
  assert.equal(total, 0n, `seed ${seed}: nothing is left when every key is 0`);
  assert.notEqual(sum, 0n);
  wire.close();
  assert.equal((await server.stop()).code, 0);
});
