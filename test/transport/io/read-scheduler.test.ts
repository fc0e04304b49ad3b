import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { scheduleRead, tryReadAtOnce } from '../../../transport/io/read-scheduler.ts';
import { until } from '../../support/until.ts';

/** Keeps the event loop busy for longer than a turn should take. */
function dawdle(): void {
  const endAt = performance.now() + 5;
  while (performance.now() < endAt);
}

/** Reads slices until `isDone`. Returns how large each might be. */
async function readUntil(isDone: (sizes: readonly number[]) => boolean, work: () => unknown) {
  const sizes: number[] = [];
  let hasMore = true;
  scheduleRead({
    workLeft: 1,
    readSlice(bytes) {
      sizes.push(bytes);
      void work();
      hasMore = !isDone(sizes);
      return { hasMore, isRefused: false };
    },
  });
  await until(() => !hasMore, 'the last slice');
  return sizes;
}

test('read scheduler: after a long turn the next reads less, down to one call, and after short ones more again', async () => {
  const large = 4_096;
  const slow = async (): Promise<void> => {
    await nextTurn();
    dawdle();
  };
  const sizes = await readUntil((all) => all.at(-1) === 64, slow);
  assert.equal(sizes[0], large);
  assert.equal(tryReadAtOnce(65), false, 'nor is more read at once');
  const allowed: number[] = [];
  for (const workLeft of [8_000, 900]) {
    scheduleRead({
      workLeft,
      readSlice: (bytes) => ({ hasMore: allowed.push(bytes) < 0, isRefused: false }),
    });
  }
  await until(() => allowed.length === 2, 'both');
  assert.deepEqual(
    allowed,
    [512, 0],
    'a small backlog beside a large one is read, and the large one waits for the next turn',
  );
  const quick = await readUntil(
    (all) => all.at(-1) === large,
    () => {},
  );
  assert.ok(quick.length > 12, 'and slower than it became less');
});

test('read scheduler: connections with a backlog take turns, the smallest backlog first', async () => {
  const order: string[] = [];
  const reader = (name: string, workLeft: number) => ({
    workLeft,
    readSlice: () => ({ hasMore: order.push(name) > 0 && --workLeft > 0, isRefused: false }),
  });
  for (const [name, slices] of [
    ['a', 3],
    ['b', 1],
    ['c', 2],
  ] as const) {
    scheduleRead(reader(name, slices));
  }
  await until(() => order.length === 6, 'all slices');
  assert.equal(order.join(''), 'bcacaa');
});

test('read scheduler: a backlog under an eighth of the largest is spared, and a single one is not', async () => {
  const spared: [number, boolean][] = [];
  const reader = (workLeft: number) => ({
    workLeft,
    readSlice: (_bytes: number, _workRefused: number, isSpared: boolean) => {
      spared.push([workLeft, isSpared]);
      return { hasMore: false, isRefused: false };
    },
  });
  scheduleRead(reader(100));
  await until(() => spared.length === 1, 'the one');
  for (const bytes of [800, 100, 99]) scheduleRead(reader(bytes));
  await until(() => spared.length === 4, 'the three');
  assert.deepEqual(spared, [
    [100, false],
    [99, true],
    [100, false],
    [800, false],
  ]);
});
