import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTimeline, fileCall, mergeTimelines } from '../../../../client/stats/timeline.ts';

const counts = (timeline: ReturnType<typeof createTimeline>) =>
  Array.from(timeline.windows, (window) => [
    window?.replies ?? 0,
    window?.failed ?? 0,
    window?.latency.count ?? 0,
  ]);

test('timeline: latency is filed by when a call was due, throughput by when it ended', () => {
  const timeline = createTimeline();
  fileCall(timeline, 50, 250, true);
  fileCall(timeline, 60, 70, false);
  assert.deepEqual(counts(timeline), [
    [0, 1, 1],
    [0, 0, 0],
    [1, 0, 0],
  ]);
});

test('timeline: a longer run has wider windows, never more than 128, and loses no call', () => {
  const timeline = createTimeline();
  for (let atMs = 0; atMs < 100_000; atMs += 10) fileCall(timeline, atMs, atMs + 1, true);
  assert.equal(timeline.windowMs, 800);
  assert.equal(timeline.windows.length, 125);
  assert.equal(
    counts(timeline).reduce((sum, [replies = 0]) => sum + replies, 0),
    10_000,
  );
  assert.equal(
    counts(timeline).reduce((sum, [, , latencies = 0]) => sum + latencies, 0),
    10_000,
  );
});

test('timeline: those of threads are joined in the widest windows of them', () => {
  const [short, long] = [createTimeline(), createTimeline()];
  fileCall(short, 110, 120, true);
  fileCall(long, 110, 120, true);
  fileCall(long, 20_000, 20_001, true);
  const merged = mergeTimelines([short, long]);
  assert.equal(merged.windowMs, 200);
  assert.deepEqual(counts(merged)[0], [2, 0, 2]);
  assert.deepEqual(counts(merged)[100], [1, 0, 1]);
  assert.deepEqual(mergeTimelines([]).windows, []);
});
