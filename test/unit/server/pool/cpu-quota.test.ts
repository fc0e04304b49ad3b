import assert from 'node:assert/strict';
import { test } from 'node:test';
import { computeConcurrency, readCpuQuota } from '../../../../server/pool/cpu-quota.ts';

const reading = (files: Readonly<Record<string, string>>) => readCpuQuota((file) => files[file]);

test('quota: it is read from either version of cgroups, and none is none', () => {
  assert.equal(reading({ '/sys/fs/cgroup/cpu.max': '150000 100000\n' }), 1.5);
  assert.equal(reading({ '/sys/fs/cgroup/cpu.max': 'max 100000\n' }), undefined);
  const v1 = (quota: string): Record<string, string> => ({
    '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': `${quota}\n`,
    '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
  });
  assert.equal(reading(v1('400000')), 4);
  assert.equal(reading(v1('-1')), undefined);
  assert.equal(reading({}), undefined);
});

test('quota: one CPU of it is kept for the main thread, and at least one worker computes', () => {
  const expected = [
    [undefined, 4],
    [0.5, 1],
    [1, 1],
    [2, 1],
    [2.9, 1],
    [3, 2],
    [5, 4],
    [64, 4],
  ] as const;
  for (const [quota, concurrency] of expected)
    assert.equal(computeConcurrency(quota), concurrency, `${quota}`);
});
