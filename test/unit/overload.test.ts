import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sendCalls } from '../../bench/overload/calls.ts';
import { askFactorials } from '../../bench/overload/factorials.ts';
import { judge, type Trial } from '../../bench/overload/verdict.ts';
import { serveStack } from '../support/stack.ts';
import { connect } from '../support/wire.ts';

const figures = {
  seconds: 8,
  served: 100,
  refused: 0,
  failed: 0,
  notSent: 0,
  p50: 1,
  p99: 10,
  refusedP99: Number.NaN,
};
const bystander = { p99: 1, errors: [] };
const trial: Trial = {
  transport: 'native',
  load: 'ListNums',
  capacity: 100,
  rate: 400,
  unloaded: figures,
  overloaded: { ...figures, refused: 300, p99: 49 },
  bystander: { quiet: bystander, overloaded: { p99: 4.9, errors: [] }, after: bystander },
  residentMb: { before: 100, peak: 300, after: 150 },
};

test('overload: who serves what it accepts in time, refuses the rest and recovers, keeps every promise', () => {
  assert.deepEqual(judge(trial, true), []);
});

test('overload: each promise can be broken', () => {
  const breaches: readonly Partial<Trial>[] = [
    { overloaded: { ...trial.overloaded, p99: 50 } },
    { overloaded: { ...trial.overloaded, refused: 0 } },
    { overloaded: { ...trial.overloaded, failed: 1 } },
    { bystander: { ...trial.bystander, overloaded: { p99: 5, errors: [] } } },
    { bystander: { ...trial.bystander, overloaded: { p99: 1, errors: ['UNAVAILABLE'] } } },
    { bystander: { ...trial.bystander, after: { p99: 5, errors: [] } } },
    { bystander: { ...trial.bystander, after: { p99: 1, errors: ['UNAVAILABLE'] } } },
    { residentMb: { before: 100, peak: 601, after: 150 } },
    { overloaded: { ...trial.overloaded, p99: Number.NaN } },
  ];
  for (const breach of breaches) assert.equal(judge({ ...trial, ...breach }, true).length, 1);
  assert.deepEqual(
    judge({ ...trial, overloaded: { ...figures, p99: 500 } }, false),
    [],
    'a transport that cannot refuse promises no times',
  );
});

test('overload: the sender sends at its rate, and counts every answer; the first of them do not count', async () => {
  const stack = await serveStack({ nMax: 10_000 });
  const { port } = stack.server;
  const wire = connect(stack.address);
  await wire.setNum('list.1', 1n);
  wire.close();
  const span = { seconds: 0.5, skipSeconds: 0.1 };
  for (const kind of ['SetNum', 'ListNums'] as const) {
    const { served, refused, failed } = await sendCalls({
      kind,
      port,
      connections: 2,
      inFlight: 100,
      // Fewer calls than may be in flight: each is sent when it is due, however busy the machine is.
      rate: 200,
      ...span,
    });
    assert.ok(served > 0 && served <= 100, `${served} of 80 or so`);
    assert.equal(refused + failed, 0);
  }
  const order = {
    kind: 'FactExact',
    port,
    // More numbers than are asked for: below 0 there is no factorial.
    n: 10_000,
    rate: undefined,
    inFlight: 2,
    ...span,
    seconds: 2,
  } as const;
  const { served, asked, failed } = await askFactorials(order);
  assert.ok(served > 0 && asked > served, `${asked} asked, ${served} served`);
  assert.equal(failed, 0);
  await stack.close();
});
