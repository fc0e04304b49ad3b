import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { drawHistogram } from '../../../../client/load/report/text.ts';
import { countBuckets } from '../../../../client/stats/buckets.ts';
import { sortSamples } from '../../../../client/stats/percentile.ts';

const bucketsOf = (...values: readonly number[]) =>
  countBuckets([...sortSamples([Float64Array.from(values)])].map((ms) => [ms, 1] as const));
const samples = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1 });

test('histogram: every sample is in exactly one bucket, the one whose range holds it', () => {
  fc.assert(
    fc.property(samples, (values) => {
      const buckets = bucketsOf(...values);
      for (const { fromMs, toMs, count } of buckets) {
        assert.equal(count, values.filter((value) => value >= fromMs && value < toMs).length);
      }
      assert.equal(
        buckets.reduce((total, bucket) => total + bucket.count, 0),
        values.length,
      );
    }),
  );
});

test('histogram: runs without a gap from the first bucket that has samples to the last', () => {
  fc.assert(
    fc.property(samples, (values) => {
      const buckets = bucketsOf(...values);
      assert.ok(Number(buckets.at(0)?.count) > 0 && Number(buckets.at(-1)?.count) > 0);
      for (const [index, bucket] of buckets.slice(1).entries())
        assert.equal(bucket.fromMs, buckets[index]?.toMs);
    }),
  );
});

test('histogram: draws ranges, bars to scale, and counts', () => {
  const buckets = bucketsOf(0.6, 0.6, 0.6, 0.6, 1.2, 3);
  assert.deepEqual(drawHistogram(buckets, 8), [
    '0.5 - 0.7 ms |######## 4',
    '  0.7 - 1 ms |0',
    '  1 - 1.5 ms |## 1',
    '  1.5 - 2 ms |0',
    '    2 - 3 ms |0',
    '    3 - 5 ms |## 1',
  ]);
});

test('histogram: no samples, no lines; what is beyond the last edge has a bucket without end', () => {
  assert.deepEqual(drawHistogram(bucketsOf()), []);
  assert.deepEqual(drawHistogram(bucketsOf(1e12), 1), ['7000000 ms or more |# 1']);
});
