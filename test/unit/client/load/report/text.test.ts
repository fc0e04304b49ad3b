import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTiming } from '../../../../../client/api/trailers.ts';
import { renderReport } from '../../../../../client/load/report/text.ts';
import { failed, type Reply } from '../../../../../client/load/run/outcome.ts';
import { exerciseSummaryOf, type MadeCall, replies } from '../../../../support/load-run.ts';

const { set, hit, miss, refused, wrong, lost } = replies;
const call = (reply: Reply, tookMs: number): MadeCall => [reply, 0, 0, 0, tookMs];
const healthy = [call(set, 1), call(miss, 4), call(hit, 2), call(hit, 3), call(refused, 5)];

test('report: the first three lines are hit rate, p50 and p99, each with its unit and its definition', () => {
  const lines = renderReport(exerciseSummaryOf([healthy, healthy])).split('\n');
  assert.equal(lines[0], 'Cache hit rate:     0.667 (66.7 %), hits / Facts that found their key = 4 / 6');
  assert.equal(lines[1], 'p50 response time:  3.000 ms, half of all 10 replies took at most this long');
  assert.equal(lines[2], 'p99 response time:  5.000 ms, 99 % of all 10 replies took at most this long');
});

test('report: beside the headline stand the rate of all Facts, missing keys, errors, rate and seed', () => {
  const text = renderReport(exerciseSummaryOf([healthy, healthy]));
  for (const expected of [
    'Hits / all Facts answered: 0.500 (50.0 %) = 4 / 8',
    'Server:         127.0.0.1 port 5440',
    'Requests:       10 (2 threads, 5 each, one at a time), 100 keys, seed 7',
    'Replies:        10 in 0.005 s, 2000 per second',
    'Missing keys:   2 Facts',
    'Errors:         0 failed RPCs',
    'Wrong answers:  0',
    '3 - 5 ms |',
  ]) {
    assert.ok(text.includes(expected), `${expected} in\n${text}`);
  }
  assert.match(text, /^SetNum +2 +2 +0 +1\.000 ms +1\.000 ms$/m);
  assert.match(text, /^Fact +8 +8 +0 +3\.500 ms +5\.000 ms$/m);
});

test('report: names the client that sent the calls', () => {
  assert.match(renderReport(exerciseSummaryOf([healthy])), /^Client: +light connections/m);
  const text = renderReport(exerciseSummaryOf([healthy], { changes: { client: 'grpc-js' } }));
  assert.match(text, /^Client: +the typed client on grpc-js$/m);
});

test('report: what has no samples is n/a', () => {
  const lines = renderReport(exerciseSummaryOf([])).split('\n');
  assert.match(lines[0] ?? '', /n\/a, hits \/ Facts that found their key = 0 \/ 0$/);
  for (const line of lines.slice(1, 3)) assert.match(line, / n\/a, /);
});

test('summary: failed RPCs are counted, listed by status and message, and are no response times', () => {
  const lostRead = failed('Fact', 'UNAVAILABLE', 'gone');
  const calls = [...healthy, call(lost, 0.1), call(lostRead, 0.1), call(lostRead, 0.1)];
  const summary = exerciseSummaryOf([calls, calls]);
  assert.equal(summary.failed, 6);
  assert.deepEqual([summary.rpcs.SetNum.failed, summary.rpcs.Fact.failed], [2, 4]);
  assert.equal(summary.responseTime?.minMs, 1);
  assert.equal(summary.failureTime?.count, 6);
  assert.deepEqual(
    summary.failures.map(({ rpc, code, message, count }) => [rpc, code, message, count]),
    [
      ['Fact', 'UNAVAILABLE', 'gone', 4],
      ['SetNum', 'UNAVAILABLE', 'gone', 2],
    ],
  );
  assert.match(renderReport(summary), /^Failed RPCs\n {2}4 x Fact UNAVAILABLE: gone$/m);
});

test('summary: all requests of a thread that died are failed', () => {
  const summary = exerciseSummaryOf([healthy], { lost: [{ thread: 1, message: 'boom' }] });
  assert.equal(summary.failed, 5);
  assert.equal(summary.replies + summary.failed, summary.requestsSent);
  assert.match(renderReport(summary), /^Failed RPCs\n {2}5 x thread 1 died: boom$/m);
});

test('summary: a wrong answer is counted and shown', () => {
  const summary = exerciseSummaryOf([[call(wrong, 1)]]);
  assert.equal(summary.wrong, 1);
  assert.match(renderReport(summary), /^ {2}Fact "k": expected one of 0! \.\. 20!, got 121$/m);
});

test('summary: percentiles of the exercise are exact, however many samples', () => {
  const calls = Array.from({ length: 120_000 }, (_, index) => call(set, 1 + index / 1e6));
  const { responseTime } = exerciseSummaryOf([calls], { changes: { rawSamplesMax: 120_000 } });
  assert.equal(responseTime?.isExact, true);
  assert.ok(Math.abs(Number(responseTime?.p99Ms) - (1 + (119_999 * 0.99) / 1e6)) < 1e-12);
});

test('summary: survives JSON, null where there is no figure', () => {
  for (const summary of [exerciseSummaryOf([]), exerciseSummaryOf([healthy], { changes: { isTimed: true } })])
    assert.deepEqual(JSON.parse(JSON.stringify(summary)), summary);
  assert.equal(exerciseSummaryOf([]).hitRate, null);
});

test('timing: a timed run has p50 and p99 of each part next to the total, and counts who told', () => {
  const timed = (reply: Reply, trailer: string, tookMs: number): MadeCall => {
    const timing = parseTiming(trailer);
    return call(timing === undefined ? reply : { ...reply, timing }, tookMs);
  };
  const calls = [
    timed(set, 'lock=3;queue=1000;compute=2500;store=0;send=0;cache=miss', 4),
    timed(hit, 'queue=7000;cache=hit', 8),
  ];
  const summary = exerciseSummaryOf([calls], { changes: { isTimed: true } });
  assert.equal(summary.timing?.parts.SetNum.compute?.p99Ms, 2.5);
  assert.equal(summary.timing?.parts.Fact.compute, null);
  const text = renderReport(summary);
  assert.match(text, /^compute +2\.500 ms +2\.500 ms +n\/a +n\/a$/m);
  assert.match(text, /^queue +1\.000 ms +1\.000 ms +7\.000 ms +7\.000 ms$/m);
  assert.match(text, /^total +4\.000 ms +4\.000 ms +8\.000 ms +8\.000 ms$/m);
  assert.match(text, /^Told by 1 of 1 SetNum, 1 of 1 Fact replies; cache 1 hit, 1 miss, 0 joined$/m);
});

test('timing: with a server that does not say, every part is n/a', () => {
  const text = renderReport(exerciseSummaryOf([[call(set, 4)]], { changes: { isTimed: true } }));
  assert.match(text, /^lock +n\/a +n\/a +n\/a +n\/a$/m);
  assert.match(text, /^total +4\.000 ms +4\.000 ms +n\/a +n\/a$/m);
  assert.match(text, /^Told by 0 of 1 SetNum, 0 of 0 Fact replies; cache n\/a$/m);
});

test('timing: a run that did not ask has neither the lines nor the field', () => {
  const summary = exerciseSummaryOf([healthy]);
  assert.equal('timing' in summary, false);
  assert.doesNotMatch(renderReport(summary), /Where the time went/);
});
