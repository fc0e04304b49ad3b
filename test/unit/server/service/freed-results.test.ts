import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseKey } from '../../../../server/domain/key.ts';
import { freeBytes } from '../../../../server/factorial/free.ts';
import type { FactOutcome } from '../../../../server/service/outcome.ts';
import { draw } from '../../../support/random.ts';
import { count } from '../../../support/scale.ts';
import { openStack, patientCaller, type Stack } from '../../../support/stack.ts';

/** The memory of results is freed when its last holder lets it go, and never before. */

const caller = patientCaller();
const megabytes = (bytes: number): number => bytes / 2 ** 20;

async function ask(stack: Stack, n: number): Promise<FactOutcome & { kind: 'found' }> {
  const key = parseKey(String(n));
  await stack.service.setNum(key, BigInt(n), caller);
  const outcome = await stack.service.factExact(key, caller);
  assert.ok(outcome.kind === 'found');
  return outcome;
}

test('free: every view of freed bytes is empty, and freeing again does nothing', async () => {
  // The port that frees closes in its own turn.
  await nextTurn();
  await nextTurn();
  const bytes = new Uint8Array(2 ** 22).fill(7);
  const view = Buffer.from(bytes.buffer, 100, 50);
  const before = process.memoryUsage().arrayBuffers;
  freeBytes(bytes);
  assert.ok(before - process.memoryUsage().arrayBuffers >= 2 ** 21, 'without a collection of garbage');
  assert.deepEqual([bytes.length, view.length, bytes[0]], [0, 0, undefined]);
  freeBytes(bytes);
  const small = new Uint8Array(100).fill(7);
  freeBytes(small);
  assert.equal(small[99], 7);
});

test('results: distinct FactExact without end leave no memory behind, without any collection of garbage', async () => {
  const stack = await openStack({ cacheBytes: 0 });
  await stack.service.release(await ask(stack, 150_000));
  const before = process.memoryUsage();
  for (let n = 150_001; n <= 150_000 + count(300, 3000); n++) {
    const outcome = await ask(stack, n);
    await stack.service.release(outcome);
    assert.equal(outcome.result.bytes.length, 0);
  }
  // 300 results of 0.3 MB would be 90 MB.
  const after = process.memoryUsage();
  assert.ok(megabytes(after.arrayBuffers - before.arrayBuffers) < 2, `${after.arrayBuffers}`);
  assert.ok(megabytes(after.rss - before.rss) < 60, `${after.rss - before.rss}`);
  assert.equal(stack.memory.usedBytes, 0);
  await stack.close();
});

for (const cacheBytes of [0, 400_000, 64 * 2 ** 20]) {
  test(`results: in random interleavings with a cache of ${cacheBytes} bytes every reader sees its own result to the end`, async () => {
    const { integer } = draw(cacheBytes);
    const stack = await openStack({ cacheBytes });
    const hashes = new Map<number, string>();
    const read = async (): Promise<void> => {
      const n = 40_000 + 10 * integer(0, 19);
      const outcome = await ask(stack, n);
      const { bytes, sha256 } = outcome.result;
      for (let turns = integer(0, 29); turns > 0; turns--) await nextTurn();
      const seen = createHash('sha256').update(bytes).digest('hex');
      assert.equal(seen, Buffer.from(sha256).toString('hex'));
      assert.equal(seen, hashes.get(n) ?? seen);
      hashes.set(n, seen);
      await stack.service.release(outcome);
      // Late: what it sees is its own result, which the cache may keep, or nothing.
      for (let turns = integer(0, 29); turns > 0; turns--) await nextTurn();
      if (bytes.length > 0) assert.equal(createHash('sha256').update(bytes).digest('hex'), seen);
    };
    for (let round = 0; round < count(20, 200); round++) {
      await Promise.all(Array.from({ length: 20 }, read));
    }
    await stack.close();
  });
}
