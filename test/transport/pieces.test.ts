import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ClosedStreams, Ending } from '../../transport/http2/closed-streams.ts';
import { readInPieces, takePromptly } from '../../transport/io/read-scheduler.ts';
import { until } from '../support/until.ts';

/** Keeps the event loop busy for longer than a turn should take. */
function dawdle(): void {
  const endAt = performance.now() + 5;
  while (performance.now() < endAt);
}

/** Asks for pieces until `isDone`; answers how large each might be. */
async function readUntil(isDone: (sizes: readonly number[]) => boolean, work: () => unknown) {
  const sizes: number[] = [];
  let hasMore = true;
  readInPieces({
    bytesLeft: 1,
    readPiece(bytes) {
      sizes.push(bytes);
      void work();
      hasMore = !isDone(sizes);
      return { hasMore, isRefused: false };
    },
  });
  await until(() => !hasMore, 'the last piece');
  return sizes;
}

test('pieces: after a long turn less is read in the next, down to a call, and after short ones more again', async () => {
  const large = 4_096;
  const slow = async (): Promise<void> => {
    await nextTurn();
    dawdle();
  };
  const sizes = await readUntil((all) => all.at(-1) === 64, slow);
  assert.equal(sizes[0], large);
  assert.equal(takePromptly(65), false, 'nor is more read at once');
  const allowed: number[] = [];
  for (const bytesLeft of [8_000, 900]) {
    readInPieces({
      bytesLeft,
      readPiece: (bytes) => ({ hasMore: allowed.push(bytes) < 0, isRefused: false }),
    });
  }
  await until(() => allowed.length === 2, 'both');
  assert.deepEqual(allowed, [512, 0], 'but of who has little beside others, who wait for the next turn');
  const quick = await readUntil(
    (all) => all.at(-1) === large,
    () => {},
  );
  assert.ok(quick.length > 12, 'and slower than it became less');
});

test('pieces: who has something left takes turns with the others, those with less first', async () => {
  const order: string[] = [];
  const reader = (name: string, bytesLeft: number) => ({
    bytesLeft,
    readPiece: () => ({ hasMore: order.push(name) > 0 && --bytesLeft > 0, isRefused: false }),
  });
  for (const [name, pieces] of [
    ['a', 3],
    ['b', 1],
    ['c', 2],
  ] as const) {
    readInPieces(reader(name, pieces));
  }
  await until(() => order.length === 6, 'all pieces');
  assert.equal(order.join(''), 'bcacaa');
});

test('pieces: who has less than an eighth of what another has is spared, and whoever is alone is not', async () => {
  const spared: [number, boolean][] = [];
  const reader = (bytesLeft: number) => ({
    bytesLeft,
    readPiece: (_bytes: number, _bytesRefused: number, isSpared: boolean) => {
      spared.push([bytesLeft, isSpared]);
      return { hasMore: false, isRefused: false };
    },
  });
  readInPieces(reader(100));
  await until(() => spared.length === 1, 'the one');
  for (const bytes of [800, 100, 99]) readInPieces(reader(bytes));
  await until(() => spared.length === 4, 'the three');
  assert.deepEqual(spared, [
    [100, false],
    [99, true],
    [100, false],
    [800, false],
  ]);
});

test('closed streams: how the latest 512 of a peer ended is known, and of older ones nothing', () => {
  const closed = new ClosedStreams();
  assert.equal(closed.endingOf(1), Ending.unknown);
  for (let id = 1; id < 1_025; id += 2) closed.add(id, id % 3 === 0 ? Ending.resetByUs : Ending.complete);
  assert.equal(closed.endingOf(1), Ending.complete);
  assert.equal(closed.endingOf(3), Ending.resetByUs);
  closed.add(1_025, Ending.resetByPeer);
  assert.equal(closed.endingOf(1_025), Ending.resetByPeer);
  assert.equal(closed.endingOf(1), Ending.unknown);
  assert.equal(closed.endingOf(1_023), Ending.resetByUs);
});
