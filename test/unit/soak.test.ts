import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runLane } from '../../bench/soak/lane.ts';
import type { Sample } from '../../bench/soak/process.ts';
import { judge, slope } from '../../bench/soak/verdict.ts';
import { patientCaller, serveStack } from '../support/stack.ts';

const sample = (minutes: number, residentMb: number, handles = 30, threads = 15): Sample => ({
  minutes,
  residentMb,
  handles,
  threads,
});
const steady = {
  before: sample(0, 100),
  samples: [sample(5, 120), sample(6, 118), sample(7, 122), sample(8, 119)],
  after: sample(9, 118),
  faults: [],
};

test('soak: the slope is that of the least squares', () => {
  assert.equal(slope([]), 0);
  assert.equal(slope([[1, 5]]), 0);
  assert.equal(
    slope([
      [0, 1],
      [1, 3],
      [2, 5],
    ]),
    2,
  );
});

test('soak: a steady server keeps every promise', () => {
  assert.deepEqual(judge(steady).broken, []);
});

test('soak: memory that grows, a handle or a thread left behind, a wrong answer: each breaks a promise', () => {
  const grown = { ...steady, samples: [sample(5, 120), sample(6, 121.1), sample(7, 122.2)] };
  const handle = { ...steady, after: sample(9, 118, 31) };
  const thread = { ...steady, after: sample(9, 118, 30, 16) };
  const wrong = { ...steady, faults: ['Fact: 4! is not 25'] };
  for (const course of [grown, handle, thread, wrong]) assert.equal(judge(course).broken.length, 1);
  assert.match(String(judge(grown).broken), /1\.10 MB a minute/);
});

test('soak: a user does everything, finds no fault, and knows the total', async () => {
  const stack = await serveStack();
  const faults: string[] = [];
  const { calls, cancelled, connections, sum } = await runLane({
    port: stack.server.port,
    name: 'a.',
    stepMs: 0,
    isOver: (steps) => steps === 40,
    onFault: (fault) => faults.push(fault),
  });
  assert.deepEqual(faults, []);
  assert.ok(calls > 40 && cancelled > 0 && connections === 2);
  const { total } = await stack.store.stats(patientCaller());
  assert.equal(total, sum);
  await stack.close();
});
