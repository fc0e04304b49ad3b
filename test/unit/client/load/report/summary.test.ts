import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderCsv } from '../../../../../client/load/report/csv.ts';
import { renderReport } from '../../../../../client/load/report/text.ts';
import { createProgress, createProgressText } from '../../../../../client/load/run/progress.ts';
import { findPercentile } from '../../../../../client/stats/distribution.ts';
import { loadPlan, type MadeCall, recordingOf, replies, summaryOf } from '../../../../support/load-run.ts';

const { set, hit, miss, refused, wrong, lost } = replies;
const call = (reply: MadeCall[0], sentMs: number, tookMs: number): MadeCall => [
  reply,
  sentMs,
  sentMs,
  sentMs,
  sentMs + tookMs,
];

test('summary: calls are counted by outcome over all threads, hit rate over Facts that found their key', () => {
  const calls = [call(set, 0, 1), call(hit, 1, 2), call(hit, 2, 3), call(miss, 3, 4), call(refused, 4, 5)];
  const summary = summaryOf({}, [calls, [call(lost, 5, 0.1), call(wrong, 6, 1)]]);
  assert.deepEqual(
    [
      summary.calls,
      summary.replies,
      summary.failed,
      summary.hits,
      summary.found,
      summary.refused,
      summary.wrong,
    ],
    [7, 6, 1, 2, 4, 1, 1],
  );
  assert.equal(summary.hitRate, 0.5);
  assert.equal(summary.latency?.count, 6, 'failures are no response times');
  assert.equal(summary.failureTime?.count, 1);
  assert.deepEqual(Object.keys(summary.groups), ['SetNum', 'Fact', 'Fact, hit', 'Fact, miss', 'Fact, error']);
  assert.deepEqual(summary.failures, [
    { rpc: 'SetNum', code: 'UNAVAILABLE', message: 'gone', isWarmup: false, count: 1 },
  ]);
});

test('summary: calls that were due in the warm-up are not measured, and their failures are not dropped', () => {
  const summary = summaryOf({ warmupMs: 10 }, [[call(set, 9, 50), call(lost, 9.5, 1), call(set, 10, 1)]]);
  assert.deepEqual([summary.calls, summary.replies, summary.failed], [1, 1, 0]);
  assert.deepEqual(summary.warmup, { replies: 1, failed: 1 });
  assert.match(renderReport(summary), /1 x SetNum UNAVAILABLE: gone \(warm-up\)/);
});

test('summary: more samples than may be kept give percentiles from histograms, within 0.1 % of the exact ones', () => {
  const calls = Array.from({ length: 2000 }, (_, index) => call(set, index, 1 + index / 100));
  const exact = summaryOf({}, [calls]);
  const counted = summaryOf({ rawSamplesMax: 10 }, [calls, []]);
  assert.equal(exact.latency?.isExact, true);
  assert.equal(counted.latency?.isExact, false);
  assert.equal(counted.latency?.count, 2000);
  for (const { p, ms } of exact.latency?.percentiles ?? []) {
    const other = findPercentile(counted.latency, p)?.ms ?? Number.NaN;
    assert.ok(Math.abs(other - ms) <= ms * 0.0011, `${p}: ${other} instead of ${ms}`);
  }
  assert.match(renderReport(counted), /Percentiles come from histograms/);
});

/** Late by the generator's own fault, or because all calls allowed at once were under way. */
const lateCalls = (isOwn: boolean): readonly MadeCall[] =>
  Array.from({ length: 200 }, (_, index): MadeCall => {
    const due = index * 10;
    return index % 10 > 0
      ? [set, due, due, due, due + 1]
      : [set, due, isOwn ? due : due + 5, due + 5, due + 6];
  });

test('report: an open loop whose send lag at p99 is a tenth of p50 or less is not marked', () => {
  const slightly = Array.from({ length: 200 }, (_, i): MadeCall => [set, i, i, i + 0.09, i + 1]);
  const summary = summaryOf({ rate: 100 }, [slightly]);
  assert.deepEqual(summary.reliability, { isReliable: true, remarks: [] });
  assert.doesNotMatch(renderReport(summary), /UNRELIABLE/);
});

test('report: an open loop whose generator was late by more than a tenth of p50 at p99 is marked unreliable', () => {
  const summary = summaryOf({ rate: 100 }, [lateCalls(true)]);
  assert.equal(summary.reliability.isReliable, false);
  const text = renderReport(summary);
  assert.match(text, /^UNRELIABLE: /m);
  assert.match(text, /^ {2}the generator itself was late by 5\.000 ms at p99/m);
  assert.match(text, /^ {2}generator's own: +p50 0\.000 ms, p99 5\.000 ms/m);
});

test('report: so is one whose calls waited for others to end; it says so, and the wait is part of the latency', () => {
  const summary = summaryOf({ rate: 100 }, [lateCalls(false)]);
  assert.equal(summary.reliability.isReliable, false);
  const text = renderReport(summary);
  assert.match(text, /^UNRELIABLE: /m);
  assert.match(
    text,
    /^Send lag: +p50 0\.000 ms, p99 5\.000 ms, greatest 5\.000 ms \(actual - intended send time\)$/m,
  );
  assert.match(
    text,
    /^ {2}calls waited, which is part of their response time, for one of the 2 calls allowed at once/m,
  );
  assert.match(text, /^p99 response time: +6\.000 ms/m);
  assert.match(text, /^closed-loop p99: +1\.000 ms/m);
});

test('report: each percentile says how many samples it rests on, p99 with its interval', () => {
  const text = renderReport(
    summaryOf({}, [Array.from({ length: 500 }, (_, i) => call(set, i, 1 + i / 1000))]),
  );
  assert.match(text, /^p50 response time: +1\.249 ms, of 500 replies$/m);
  assert.match(
    text,
    /^p99 response time: +1\.494 ms \(95 % interval 1\.48\d ms to 1\.49\d ms\), of 500 replies$/m,
  );
  const few = renderReport(summaryOf({}, [[call(set, 0, 1)]]));
  assert.match(
    few,
    /^p99 response time: +1\.000 ms \(95 % interval .* to unknown, too few replies\), of 1 replies$/m,
  );
  assert.match(renderReport(summaryOf({}, [[]])), /^p99 response time: +n\/a$/m);
});

test('summary: survives JSON', () => {
  for (const summary of [summaryOf({ rate: 10 }, [lateCalls(true)]), summaryOf({}, [])]) {
    assert.deepEqual(JSON.parse(JSON.stringify(summary)), summary);
  }
});

test('csv: a line for each call, whose numbers read back as the same doubles', () => {
  const calls: readonly MadeCall[] = [[hit, 0.1, 0.2, 0.3, 0.7], call(lost, 1, 0.25)];
  const lines = [...renderCsv([recordingOf({ ...loadPlan, rate: 1 }, calls)])].join('').split('\n');
  assert.equal(
    lines[0],
    'thread,rpc,outcome,due_ms,sent_ms,end_ms,latency_ms,from_send_ms,send_lag_ms,own_lag_ms',
  );
  assert.match(lines[1] ?? '', /^0,Fact,"Fact, hit",/);
  const numbers = (lines[1] ?? '').split('"').at(-1)?.slice(1).split(',').map(Number);
  assert.deepEqual(numbers, [0.1, 0.3, 0.7, 0.7 - 0.1, 0.7 - 0.3, 0.3 - 0.1, 0.3 - 0.2]);
  assert.equal(lines[2], '0,SetNum,"SetNum failed",1,1,1.25,0.25,0.25,0,0');
});

test('progress: the rate since the last look, the failures, and what is left', () => {
  const progress = createProgress();
  let nowMs = 1000;
  const describe = createProgressText(
    { ...loadPlan, warmupMs: 1000, durationMs: 9000 },
    progress,
    () => nowMs,
  );
  assert.equal(describe(), 'connecting');
  progress.set([500, 2]);
  nowMs = 1500;
  assert.equal(describe(), '1000 calls per second, 2 failed, 10 s left (warming up)');
  progress[0] = 700;
  nowMs = 2500;
  assert.equal(describe(), '200 calls per second, 2 failed, 9 s left');
  const counted = { ...loadPlan, durationMs: null, requests: 400, threads: 2 };
  const describeCounted = createProgressText(counted, progress, () => nowMs);
  nowMs = 9500;
  assert.match(describeCounted(), /, 700 of 800 calls, about 1 s left$/);
});
