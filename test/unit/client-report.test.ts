import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NumStoreClientError } from '../../client/client.ts';
import { renderReport } from '../../client/load/exercise-report.ts';
import { summariseRun } from '../../client/load/exercise-summary.ts';
import type { LoadResult } from '../../client/load/run/threads.ts';
import { TallyBuilder } from '../../client/load/tally.ts';

const plan = { host: '127.0.0.1', port: 5440, threads: 2, requests: 5, keys: 100, seed: 7 };
const write = { rpc: 'SetNum', key: 'key-1', value: 5n } as const;
const read = { rpc: 'Fact', key: 'key-1' } as const;
const unavailable = { kind: 'failed', error: new NumStoreClientError('UNAVAILABLE', 'gone') } as const;

function healthyTally() {
  const tally = new TallyBuilder();
  tally.record(write, { kind: 'total', total: 5n }, 1);
  tally.record(read, { kind: 'value', value: 120n, hit: false }, 4);
  tally.record(read, { kind: 'value', value: 120n, hit: true }, 2);
  tally.record(read, { kind: 'value', value: 120n, hit: true }, 3);
  tally.record(read, { kind: 'error', error: 'no such key' }, 5);
  return tally;
}

const resultOf = (tallies: readonly TallyBuilder[], lost: LoadResult['lost'] = []): LoadResult => ({
  tallies: tallies.map((tally) => tally.build()),
  lost,
  durationMs: 2000,
});

test('report: the first three lines are hit rate, p50 and p99, each with its unit and its definition', () => {
  const lines = renderReport(summariseRun(plan, resultOf([healthyTally(), healthyTally()]))).split('\n');
  assert.match(
    lines[0] ?? '',
    /^Cache hit rate: +0\.667 \(66\.7 %\), hits \/ Facts that found their key = 4 \/ 6$/,
  );
  assert.match(lines[1] ?? '', /^p50 response time: +3\.000 ms, half of all 10 replies/);
  assert.match(lines[2] ?? '', /^p99 response time: +5\.000 ms, 99 % of all 10 replies/);
});

test('report: beside the headline stand the rate of all Facts, missing keys, errors, rate and seed', () => {
  const text = renderReport(summariseRun(plan, resultOf([healthyTally(), healthyTally()])));
  for (const expected of [
    'Hits / all Facts answered: 0.500 (50.0 %) = 4 / 8',
    'Missing keys:   2 Facts',
    'Errors:         0 failed RPCs',
    'Replies:        10 in 2.000 s, 5 per second',
    'seed 7',
    '3 - 5 ms |',
  ]) {
    assert.ok(text.includes(expected), `${expected} in\n${text}`);
  }
  assert.match(text, /^SetNum +2 +2 +0 +1\.000 ms +1\.000 ms$/m);
  assert.match(text, /^Fact +8 +8 +0 +3\.500 ms +5\.000 ms$/m);
});

test('report: what has no samples is n/a', () => {
  const lines = renderReport(summariseRun(plan, resultOf([]))).split('\n');
  assert.match(lines[0] ?? '', /n\/a, hits \/ Facts that found their key = 0 \/ 0$/);
  for (const line of lines.slice(1, 3)) assert.match(line, / n\/a, /);
});

test('summary: failed RPCs are counted, listed by status and message, and are no response times', () => {
  const tally = healthyTally();
  tally.record(write, unavailable, 0.1);
  tally.record(read, unavailable, 0.1);
  tally.record(read, unavailable, 0.1);
  const summary = summariseRun(plan, resultOf([tally, tally]));
  assert.equal(summary.failed, 6);
  assert.equal(summary.responseTime?.minMs, 1);
  assert.equal(summary.failureTime?.count, 6);
  assert.deepEqual(summary.failures, [
    { rpc: 'Fact', code: 'UNAVAILABLE', message: 'gone', count: 4 },
    { rpc: 'SetNum', code: 'UNAVAILABLE', message: 'gone', count: 2 },
  ]);
  assert.match(renderReport(summary), /^ {2}4 x Fact UNAVAILABLE: gone$/m);
});

test('summary: all requests of a thread that died are failed', () => {
  const summary = summariseRun(plan, resultOf([healthyTally()], [{ thread: 1, message: 'boom' }]));
  assert.equal(summary.failed, 5);
  assert.equal(summary.replies + summary.failed, summary.requestsSent);
  assert.match(renderReport(summary), /^ {2}5 x thread 1 died: boom$/m);
});

test('summary: a value that is no factorial is a wrong answer; 0! .. 20! are not', () => {
  const tally = new TallyBuilder();
  let product = 1n;
  for (let n = 1n; n <= 21n; n++) {
    tally.record(read, { kind: 'value', value: product, hit: true }, 1);
    product *= n;
  }
  for (const value of [0n, 121n, -1n, product]) tally.record(read, { kind: 'value', value, hit: true }, 1);
  const summary = summariseRun(plan, resultOf([tally]));
  assert.equal(summary.wrong, 4);
  assert.match(renderReport(summary), /^ {2}Fact "key-1": expected one of 0! \.\. 20!, got 121$/m);
});

test('summary: survives JSON, null where there is no figure', () => {
  const summary = summariseRun(plan, resultOf([]));
  assert.deepEqual(JSON.parse(JSON.stringify(summary)), summary);
  assert.equal(summary.hitRate, null);
});
