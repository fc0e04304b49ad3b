import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summariseRun } from '../../client/load/report/summary.ts';
import { runLoad } from '../../client/load/run/run.ts';
import { findPercentile } from '../../client/stats/distribution.ts';
import { about, loadPlan } from '../support/load-run.ts';
import { openStallingServer } from '../support/stalling-server.ts';

const stallMs = 200;
const periodMs = 1000;

test('load: where a server stalls 200 ms every second, the open loop shows it at p99, and a closed loop could not', async () => {
  await using server = await openStallingServer(stallMs, periodMs);
  const plan = {
    ...loadPlan,
    servers: [{ host: '127.0.0.1', port: server.port, isEach: false }],
    connections: 1,
    rate: 400,
    durationMs: 3 * periodMs,
    deadlineMs: 30_000,
  };
  const results = await runLoad(plan);
  const summary = summariseRun(plan, results, about);
  assert.deepEqual([summary.calls, summary.failed], [1200, 0]);
  const open = findPercentile(summary.latency, 0.99)?.ms ?? 0;
  assert.ok(open > stallMs / 2, `open loop: ${open} ms at p99`);
  // in each second one call out of 400 waits for the stall to end: p99 of what was sent cannot know
  const slow = results.tallies.flatMap(({ samples: { sentMs, endMs } }) =>
    [...endMs].filter((end, index) => end - Number(sentMs[index]) > stallMs / 2),
  );
  assert.ok(slow.length <= 12, `${slow.length} of 1200 calls took as long from their send`);
  const closed = findPercentile(summary.fromSend, 0.99)?.ms ?? Number.POSITIVE_INFINITY;
  assert.ok(closed < open, `closed loop: ${closed} ms at p99, open loop: ${open} ms`);
  assert.ok(
    (findPercentile(summary.sendLag, 0.99)?.ms ?? 0) > stallMs / 4,
    'calls were sent late, for others waited',
  );
});
