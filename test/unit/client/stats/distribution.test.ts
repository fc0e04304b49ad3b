import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  describeHistograms,
  describeSamples,
  findPercentile,
} from '../../../../client/stats/distribution.ts';
import { quantileInterval } from '../../../../client/stats/interval.ts';
import {
  addHistogram,
  coarseBits,
  countedRanges,
  createHistogram,
  fineBits,
  recordMs,
} from '../../../../client/stats/log-histogram.ts';
import { percentile } from '../../../../client/stats/percentile.ts';
import { createRandom } from '../../../../client/stats/random.ts';

const durations = fc.array(fc.double({ min: 0.001, max: 60_000, noNaN: true }), {
  minLength: 1,
  maxLength: 300,
});

function histogramOf(values: readonly number[], bits = fineBits) {
  const histogram = createHistogram(bits);
  for (const value of values) recordMs(histogram, value);
  return histogram;
}

test('histogram: each sample lies in its range, which is at most 0.1 % wide; 0 and 30 hours have one too', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 60_000_000, noNaN: true }), (ms) => {
      const [range] = [...countedRanges(histogramOf([ms]))];
      assert.ok(range !== undefined && range.count === 1);
      const rounded = Math.round(ms * 1e6) / 1e6; // the clock's nanoseconds
      assert.ok(range.fromMs <= rounded + 1e-9 && rounded <= range.toMs);
      assert.ok(range.toMs - range.fromMs <= Math.max(rounded * 0.001, 1.0001e-6));
    }),
  );
  assert.equal(histogramOf([0, 108_000_000]).count, 2);
});

test('histogram: the sum of parts is the histogram of all samples', () => {
  fc.assert(
    fc.property(durations, durations, (a, b) => {
      const sum = histogramOf(a);
      addHistogram(sum, histogramOf(b));
      const { sumMs, ...all } = histogramOf([...a, ...b]);
      const { sumMs: added, ...rest } = sum;
      assert.deepEqual(rest, all);
      assert.ok(Math.abs(added - sumMs) <= 1e-9 * sumMs);
    }),
  );
  assert.throws(() => addHistogram(createHistogram(fineBits), createHistogram(coarseBits)), TypeError);
});

test('percentiles: from a histogram they differ from the exact ones by less than the distance of two samples and 0.1 %', () => {
  fc.assert(
    fc.property(durations, (values) => {
      const sorted = Float64Array.from(values).sort();
      const described = describeHistograms([histogramOf(values)]);
      assert.equal(described?.isExact, false);
      assert.equal(described?.count, values.length);
      for (const { p, ms } of described?.percentiles ?? []) {
        const rank = (sorted.length - 1) * p;
        const [below, above] = [sorted[Math.floor(rank)] ?? 0, sorted[Math.ceil(rank)] ?? 0];
        assert.ok(ms >= below * 0.999 - 1e-6 && ms <= above * 1.001 + 1e-6, `${p}: ${ms}`);
      }
    }),
  );
});

test('percentiles: from samples they are exact, and rest on all parts together', () => {
  const parts = [Float64Array.of(3, 1), Float64Array.of(2, 10)];
  const described = describeSamples(parts);
  assert.equal(described?.isExact, true);
  assert.equal(findPercentile(described, 0.5)?.ms, 2.5);
  assert.equal(findPercentile(described, 0.99)?.ms, percentile(Float64Array.of(1, 2, 3, 10), 0.99));
  assert.deepEqual([described?.count, described?.minMs, described?.meanMs, described?.maxMs], [4, 1, 4, 10]);
  assert.equal(describeSamples([]), null);
  assert.equal(describeHistograms([]), null);
});

test('interval: p99 of few samples has no upper end, for all may lie below it', () => {
  assert.equal(quantileInterval(100, 0.99).high, null);
  assert.equal(quantileInterval(367, 0.99).high, null); // 0.99^367 > 0.025
  assert.notEqual(quantileInterval(368, 0.99).high, null);
});

test('interval: of the median, the ranks are those of the sign test', () => {
  // ranks counted from 1, as tables of the sign test have them
  for (const [n, low, high] of [
    [10, 2, 9],
    [20, 6, 15],
    [50, 18, 33],
  ] as const) {
    const found = quantileInterval(n, 0.5);
    assert.deepEqual([found.low + 1, Number(found.high) + 1], [low, high], `n = ${n}`);
  }
});

for (const [n, p] of [
  [400, 0.99],
  [1000, 0.5],
  [5000, 0.99],
] as const) {
  test(`interval: covers the true ${p}-quantile of ${n} samples in about 95 % of runs`, () => {
    const random = createRandom(n, 0);
    const { low, high } = quantileInterval(n, p);
    const runs = 1000;
    let covered = 0;
    for (let run = 0; run < runs; run++) {
      const samples = Float64Array.from({ length: n }, () => random.below(2 ** 32) / 2 ** 32).sort();
      if (Number(samples[low]) <= p && p <= Number(high === null ? 1 : samples[high])) covered++;
    }
    // ranks are whole: the coverage is 95 % or a little more; 0.03 are four standard deviations below
    assert.ok(covered / runs > 0.92 && covered / runs < 0.995, `${covered} of ${runs}`);
  });
}
