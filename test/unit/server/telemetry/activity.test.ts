import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTiming } from '../../../../server/domain/caller.ts';
import type { EndedCall } from '../../../../server/rpc/observer.ts';
import { createActivity } from '../../../../server/telemetry/activity/activity.ts';
import { LogHistogram } from '../../../../server/telemetry/activity/log-histogram.ts';
import { createRecent } from '../../../../server/telemetry/activity/recent.ts';
import { patientCaller } from '../../../support/stack.ts';

/** A clock that stands until it is moved. */
function createClock(): { now: () => number; move(ms: number): void } {
  let at = 1_000_000;
  return {
    now: () => at,
    move(ms) {
      at += ms;
    },
  };
}

function ended(durationMs: number, over: Partial<EndedCall> = {}): EndedCall {
  const call = { ...patientCaller(), timing: createTiming() };
  return { path: '/NumStore/SetNum', code: 'OK', durationMs, endedAt: 1_000_000, call, ...over };
}

test('recent: percentiles and rate are those of the last ten seconds, and older ones leave', () => {
  const clock = createClock();
  const recent = createRecent(clock.now());
  assert.deepEqual(recent.summary(clock.now()), { perSecond: 0, p50Ms: 0, p99Ms: 0 });
  for (let second = 0; second < 30; second++) {
    for (let call = 0; call < 100; call++) recent.record(second < 15 ? 1000 : 1 + call / 100, clock.now());
    clock.move(1000);
  }
  const { perSecond, p50Ms, p99Ms } = recent.summary(clock.now());
  assert.ok(perSecond >= 90 && perSecond <= 110, `${perSecond}`);
  assert.ok(Math.abs(p50Ms - 1.5) < 0.05, `${p50Ms}`);
  assert.ok(Math.abs(p99Ms - 2) < 0.05, `${p99Ms}`);
  clock.move(11_000);
  assert.deepEqual(recent.summary(clock.now()), { perSecond: 0, p50Ms: 0, p99Ms: 0 });
});

test('histogram: any value from 1 to 3.6 thousand million is told to two in a hundred, and exactly below 64', () => {
  for (let value = 1; value < 3_600_000_000; value = Math.ceil(value * 1.01)) {
    const histogram = new LogHistogram();
    histogram.record(value);
    const off = Math.abs(histogram.percentile(50) - value) / value;
    assert.ok(value < 64 ? off === 0 : off < 0.02, `${value}`);
  }
});

test('histogram: a percentile is the least value that so many do not exceed, of sums too', () => {
  const [low, high] = [new LogHistogram(), new LogHistogram()];
  for (let value = 1; value <= 30; value++) low.record(value);
  for (let value = 31; value <= 60; value++) high.record(value);
  low.add(high);
  assert.deepEqual(
    [0, 50, 99, 100].map((percent) => low.percentile(percent)),
    [1, 30, 60, 60],
  );
  low.reset();
  assert.deepEqual([low.count, low.percentile(50)], [0, 0]);
});

test('recent: durations beyond its range count as its ends', () => {
  const recent = createRecent(0);
  for (const ms of [0, -1, 1e12]) recent.record(ms, 1);
  assert.ok(recent.summary(2).p99Ms > 3_500_000);
});

test('activity: methods count what was started, what ended and what failed', () => {
  const { observer, methods } = createActivity();
  for (const code of ['OK', 'OK', 'INVALID_ARGUMENT']) {
    observer.callStarted('/NumStore/SetNum');
    observer.callEnded(ended(1, { code }));
  }
  observer.callStarted('/NumStore/SetNum');
  const [only] = methods();
  assert.deepEqual(
    [only?.path, only?.started, only?.ended, only?.failed, methods().length],
    ['/NumStore/SetNum', 4, 3, 1, 1],
  );
});

test('activity: the slowest are at most twenty, slowest first, and none is older than five minutes', () => {
  const clock = createClock();
  const { observer, slowest } = createActivity(clock.now);
  for (let ms = 1; ms <= 1000; ms++) observer.callEnded(ended((ms * 17) % 1001));
  clock.move(1000);
  const shown = slowest();
  assert.deepEqual(
    shown.map(({ durationMs }) => durationMs),
    Array.from({ length: 20 }, (_, index) => 1000 - index),
  );
  assert.equal(shown[0]?.agoMs, 1000);
  clock.move(300_000);
  observer.callEnded(ended(1, { endedAt: clock.now() }));
  assert.deepEqual(
    slowest().map(({ durationMs }) => durationMs),
    [1],
  );
});

test('activity: a watch of the health, which lasts as long as its connection, is not slow', () => {
  const { observer, slowest } = createActivity();
  observer.callEnded(ended(1e6, { path: '/grpc.health.v1.Health/Watch' }));
  assert.deepEqual(slowest(), []);
});
