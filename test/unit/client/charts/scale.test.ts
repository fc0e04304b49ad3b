import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exactScale, linearScale, logScale, ninesScale } from '../../../../client/charts/scale.ts';

test('scales: a linear one ends at a round number at or above the greatest, and marks round numbers', () => {
  const labels = (max: number) => linearScale(max, String).ticks.map(({ label }) => label);
  assert.deepEqual(labels(10), ['0', '2', '4', '6', '8', '10']);
  assert.deepEqual(labels(0.07), ['0', '0.02', '0.04', '0.06', '0.08']);
  assert.deepEqual(labels(0), ['0', '1']);
  assert.equal(linearScale(10, String).place(5), 0.5);
});

test('scales: one of time ends where the run does, with marks at round numbers before', () => {
  const scale = exactScale(10.2, String);
  assert.deepEqual(
    scale.ticks.map(({ label }) => label),
    ['0', '2', '4', '6', '8', '10'],
  );
  assert.equal(scale.place(10.2), 1);
  assert.equal(exactScale(0, String).place(0), 0);
});

test('scales: a logarithmic one gives equal factors equal room; the one of percentiles each nine', () => {
  const scale = logScale(0.1, 1000, String);
  assert.equal(scale.place(0.1), 0);
  assert.equal(scale.place(1000), 1);
  assert.ok(Math.abs(scale.place(10) - 0.5) < 1e-12);
  assert.ok(logScale(3, 3, String).place(3) >= 0);
  const nines = ninesScale(1000);
  assert.ok(Math.abs(nines.place(0.9) - 1 / 3) < 1e-12 && Math.abs(nines.place(0.99) - 2 / 3) < 1e-12);
  assert.deepEqual(
    nines.ticks.map(({ label }) => label),
    ['50 %', '90 %', '99 %', '99.9 %'],
  );
});
