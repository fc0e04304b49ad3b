import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drive } from '../../../../../client/load/run/driver.ts';
import type { Link } from '../../../../../client/load/run/link.ts';
import { failed, type Reply } from '../../../../../client/load/run/outcome.ts';
import type { LoadPlan } from '../../../../../client/load/run/plan.ts';
import { createProgress, progressAt, type RunProgress } from '../../../../../client/load/run/progress.ts';
import type { CallTimes } from '../../../../../client/load/run/recorder.ts';

const plan: LoadPlan & { readonly thread: number } = {
  servers: [],
  threads: 1,
  thread: 0,
  connections: 2,
  inFlight: 1,
  rate: null,
  warmupMs: 0,
  durationMs: null,
  requests: 10,
  deadlineMs: 1000,
  isTimed: false,
  client: 'light',
  rawSamplesMax: 1000,
  seed: 1,
  keys: 1,
  distribution: 'uniform',
  mix: { SetNum: 1 },
  valueMin: 1,
  valueMax: 15,
};

/** A clock of its own: each look at it, and each turn of the event loop, takes some time. */
class Clock {
  ms = 0;
  readonly now = (): number => {
    this.ms += 0.001;
    return this.ms;
  };
}

interface Call extends CallTimes {
  readonly endMs: number;
  readonly outcome: string;
}

/** Runs the driver against links whose calls take `takesMs`, in turns of the event loop, or fail. */
async function run(
  changes: Partial<typeof plan>,
  takesMs: (sentMs: number, progress: RunProgress) => number,
  reply: Reply = { outcome: 'SetNum' },
) {
  const progress = createProgress();
  const clock = new Clock();
  const calls: Call[] = [];
  const unsent: number[] = [];
  const used = new Map<number, number>();
  let underWay = 0;
  let mostUnderWay = 0;
  const merged = { ...plan, ...changes };
  const links = Array.from({ length: merged.connections }, (_, number): Pick<Link, 'openSlot'> => {
    return {
      openSlot: (onEnd) => ({
        send: () => {
          used.set(number, (used.get(number) ?? 0) + 1);
          mostUnderWay = Math.max(mostUnderWay, ++underWay);
          const endMs = clock.now() + takesMs(clock.ms, progress);
          const wait = (): void => {
            clock.ms += 0.05;
            if (clock.ms < endMs) {
              setImmediate(wait);
              return;
            }
            underWay--;
            onEnd(reply);
          };
          setImmediate(wait);
        },
      }),
    };
  });
  await drive(merged, {
    links,
    nextRequest: () => ({ rpc: 'SetNum', key: 'k', keyNumber: 0, value: 1n, bytes: new Uint8Array() }),
    recorder: {
      record: (_rpc, { outcome }, { dueMs, readyMs, sentMs }, endMs) => {
        calls.push({ dueMs, readyMs, sentMs, endMs, outcome });
      },
      recordUnsent: (_rpc, _reply, dueMs) => void unsent.push(dueMs),
    },
    now: clock.now,
    progress,
  });
  return { calls, unsent, used, mostUnderWay, progress };
}

test('closed loop: as many calls as asked, never more than allowed at once, over all connections evenly', async () => {
  const { calls, used, mostUnderWay, progress } = await run({ inFlight: 3, requests: 30 }, () => 1);
  assert.equal(calls.length, 30);
  assert.equal(mostUnderWay, 6);
  assert.deepEqual([...used.values()], [15, 15]);
  assert.deepEqual([...progress], [30, 0, 0]);
  assert.ok(calls.every(({ dueMs, sentMs }) => dueMs === sentMs));
});

test('closed loop: ends when its time is over, and waits for what is under way', async () => {
  const { calls } = await run({ requests: null, durationMs: 5 }, () => 3);
  assert.ok(calls.length >= 2);
  assert.ok(calls.every(({ sentMs }) => sentMs < 5 + 1));
  assert.ok(calls.some(({ endMs }) => endMs > 5));
});

test('open loop: calls are due at even distances, whatever the server does', async () => {
  const { calls } = await run({ rate: 1000, requests: 12 }, (sentMs) => (sentMs > 4 && sentMs < 5 ? 6 : 0.1));
  const due = calls.map(({ dueMs }) => dueMs).sort((a, b) => a - b);
  assert.deepEqual(
    due,
    Array.from({ length: 12 }, (_, index) => index),
  );
  for (const { dueMs, sentMs, readyMs } of calls)
    assert.ok(sentMs >= dueMs && readyMs >= dueMs && sentMs >= readyMs);
});

test('open loop: who waits behind a stalled call has the wait in its latency, not in the generator’s own lag', async () => {
  const { calls } = await run({ rate: 1000, requests: 12, connections: 1 }, (sentMs) =>
    sentMs > 2 && sentMs < 3 ? 8 : 0.1,
  );
  const waited = calls.filter(({ dueMs, sentMs }) => sentMs - dueMs > 2);
  assert.ok(waited.length >= 4, `${waited.length} calls waited`);
  for (const { sentMs, readyMs } of waited) assert.ok(sentMs - readyMs < 0.5);
  assert.equal(
    calls.filter(({ sentMs, endMs }) => endMs - sentMs > 2).length,
    1,
    'a closed loop sees one slow call',
  );
});

test('open loop: threads take turns, so that together they keep the rate', async () => {
  const own = await run({ rate: 1000, requests: 3, threads: 4, thread: 2 }, () => 0.1);
  assert.deepEqual(
    own.calls.map(({ dueMs }) => dueMs),
    [2, 6, 10],
  );
});

test('open loop: what could not be sent two seconds after the end has failed, and is counted', async () => {
  const { calls, unsent } = await run(
    { rate: 1000, requests: null, durationMs: 10, connections: 1 },
    () => 3000,
  );
  assert.equal(calls.length, 1);
  assert.deepEqual(unsent, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('a run that is stopped sends nothing more, waits for what is under way, and has no failure from what was due', async () => {
  for (const rate of [null, 1000]) {
    const { calls, unsent } = await run({ rate, requests: 1000, connections: 1 }, (sentMs, progress) => {
      if (sentMs > 5) Atomics.store(progress, progressAt.isStopped, 1);
      return 2;
    });
    assert.ok(calls.length >= 2 && calls.length < 20, `${calls.length} calls`);
    assert.ok(calls.every(({ sentMs }) => sentMs < 10) && unsent.length === 0);
  }
});

test('calls that fail at once are counted, and do not keep the event loop from everything else', async () => {
  const turn = new Promise<void>((resolve) => setImmediate(resolve));
  const { calls, progress } = await run({ requests: 20 }, () => 0, failed('SetNum', 'UNAVAILABLE', 'gone'));
  assert.equal(calls.length, 20);
  assert.deepEqual([...progress], [20, 20, 0]);
  await turn;
});
