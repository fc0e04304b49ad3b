import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Admission, Forecast, type TimedJob } from '../../../../server/pool/admission.ts';

/** A hundred milliseconds in these tests. */
const n = 400_000;
const taskMs = 100;

const job = (waitMs: number, ofN = n): TimedJob => ({ request: { n: ofN }, waitMs });
const queueOf = (length: number): readonly TimedJob[] => Array.from({ length }, () => job(0));
const idle = [{ kind: 'idle' }] as const;

/** That knows how long tasks take. */
function experienced(): Admission {
  const admission = new Admission(256, 4);
  admission.ended(job(0), taskMs);
  return admission;
}

test('forecast: by the latest computations of about the size, or else by those nearest to it', () => {
  const forecast = new Forecast();
  assert.equal(forecast.runMs(1_000), 0);
  forecast.record(1_000, 1);
  assert.equal(forecast.runMs(1_000), 1);
  forecast.record(1_000_000, 500);
  assert.equal(Math.round(forecast.runMs(1_000_000)), 500);
  assert.ok(forecast.runMs(900_000) > 400 && forecast.runMs(900_000) < 500);
  assert.equal(forecast.runMs(1_000), 1, 'the small ones are not mistaken for it');
  for (let run = 0; run < 50; run++) forecast.record(1_000_000, 1_000);
  assert.equal(Math.round(forecast.runMs(1_000_000)), 1_000);
});

test('overload: a burst may fill the queue up to its limit, and no further', () => {
  const admission = experienced();
  assert.equal(admission.refusal(n, queueOf(255), idle, 0), undefined);
  const refusal = admission.refusal(n, queueOf(256), idle, 0);
  assert.equal(refusal?.code, 'QUEUE_FULL');
  assert.equal(refusal.retryAfterMs, (256 * taskMs) / 4);
});

test('overload: a queue in which tasks wait longer than half of what they take for 100 ms on end takes what will not', () => {
  const admission = experienced();
  admission.started(job(taskMs / 2 + 1), 1_000);
  assert.equal(admission.refusal(n, queueOf(9), idle, 1_099), undefined, 'not yet');
  assert.equal(admission.refusal(n, queueOf(9), idle, 1_100)?.retryAfterMs, (9 * taskMs) / 4);
  assert.equal(
    admission.refusal(n, queueOf(2), idle, 1_100),
    undefined,
    'it would wait half as long as it takes',
  );
  const computing = Array.from({ length: 4 }, () => ({ kind: 'computing', n, forMs: 80 }) as const);
  assert.equal(admission.refusal(n, queueOf(2), computing, 1_100)?.code, 'QUEUE_FULL');
  assert.equal(admission.refusal(n, queueOf(1), computing, 1_100), undefined);
});

test('overload: one task that waited no longer than half of that ends the overload', () => {
  const admission = experienced();
  admission.started(job(taskMs / 2 + 1), 1_000);
  admission.started(job(taskMs / 2), 1_050);
  admission.started(job(taskMs / 2 + 1), 1_060);
  assert.equal(admission.refusal(n, queueOf(9), idle, 1_150), undefined);
  assert.equal(admission.refusal(n, queueOf(9), idle, 1_160)?.code, 'QUEUE_FULL');
});

test('overload: a factorial that takes no time makes nobody late, and a full queue alone refuses it', () => {
  const admission = experienced();
  admission.started(job(1_000, 10), 0);
  assert.equal(
    admission.refusal(n, queueOf(9), idle, 1_000),
    undefined,
    'nothing that takes its time was late',
  );
  admission.started(job(taskMs / 2 + 1), 1_000);
  assert.equal(admission.refusal(n, queueOf(9), idle, 1_100)?.code, 'QUEUE_FULL');
  assert.equal(admission.refusal(10, queueOf(255), idle, 1_100), undefined);
  assert.equal(admission.refusal(10, queueOf(256), idle, 1_100)?.code, 'QUEUE_FULL');
});

test('overload: whoever is the first to wait is not refused, however late the running ones are', () => {
  const admission = experienced();
  admission.started(job(taskMs / 2 + 1), 0);
  const computing = Array.from({ length: 4 }, () => ({ kind: 'computing', n: 8 * n, forMs: 0 }) as const);
  assert.equal(admission.refusal(n, queueOf(1), computing, 1_000)?.code, 'QUEUE_FULL');
  assert.equal(admission.refusal(n, queueOf(0), computing, 1_000), undefined);
});
