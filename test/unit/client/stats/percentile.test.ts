import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { describeSamples } from '../../../../client/stats/distribution.ts';
import { percentile, ratio, sortSamples } from '../../../../client/stats/percentile.ts';

const near = (actual: number, expected: number) => assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}`);
const samples = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 });
const fraction = fc.double({ min: 0, max: 1, noNaN: true });

test("percentile: equals numpy's default, linear interpolation at h = (N-1)p", () => {
  const sorted = Float64Array.of(1, 2, 4, 8, 16);
  for (const [p, expected] of [
    [0, 1],
    [0.25, 2],
    [0.5, 4],
    [0.9, 12.8],
    [0.99, 15.68],
    [1, 16],
  ] as const) {
    near(percentile(sorted, p), expected);
  }
  near(percentile(Float64Array.of(0.1, 0.2, 0.3, 0.7), 0.5), 0.25);
  near(percentile(Float64Array.of(7), 0.99), 7);
});

test('percentile: never leaves the samples around h, and never falls as p grows', () => {
  fc.assert(
    fc.property(samples, fraction, fraction, (values, p, q) => {
      const sorted = sortSamples([Float64Array.from(values)]);
      const h = (sorted.length - 1) * p;
      const value = percentile(sorted, p);
      assert.ok(
        value >= Number(sorted[Math.floor(h)]) - 1e-9 && value <= Number(sorted[Math.ceil(h)]) + 1e-9,
      );
      assert.ok(percentile(sorted, Math.min(p, q)) <= percentile(sorted, Math.max(p, q)) + 1e-9);
    }),
  );
});

test('percentile: refuses no samples and a p outside 0 .. 1', () => {
  assert.throws(() => percentile(new Float64Array(), 0.5), RangeError);
  for (const p of [-0.01, 1.01, Number.NaN])
    assert.throws(() => percentile(Float64Array.of(1), p), RangeError);
});

test('sortSamples: holds every sample of every part, ascending', () => {
  fc.assert(
    fc.property(fc.array(samples), (parts) => {
      const merged = sortSamples(parts.map((part) => Float64Array.from(part)));
      assert.deepEqual(
        [...merged],
        parts.flat().sort((a, b) => a - b),
      );
    }),
  );
});

test('describeSamples, ratio: what has no samples has no figure', () => {
  assert.equal(describeSamples([]), null);
  assert.equal(ratio(0, 0), null);
  assert.equal(ratio(1, 4), 0.25);
});
