import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseInvocation } from '../../../../server/config/config.ts';
import { largestWithin, readMemoryLimit } from '../../../../server/config/memory-limit.ts';
import type { ServerConfig } from '../../../../server/config/settings.ts';
import { UsageError } from '../../../../server/config/startup-error.ts';
import { memoryEstimate } from '../../../../server/factorial/engine.ts';

const MiB = 2 ** 20;
const reading = (files: Readonly<Record<string, string>>) => readMemoryLimit((file) => files[file]);

function within(limitBytes: number | undefined, ...argv: readonly string[]): ServerConfig {
  const invocation = parseInvocation(argv, {}, undefined, limitBytes);
  assert.ok(invocation.kind === 'serve');
  return invocation.config;
}

test('memory limit: it is the lowest of memory.max and memory.high, in either version of cgroups, and none is none', () => {
  assert.equal(reading({ '/sys/fs/cgroup/memory.max': '134217728\n' }), 128 * MiB);
  assert.equal(reading({ '/sys/fs/cgroup/memory.max': 'max\n' }), undefined);
  const both = { '/sys/fs/cgroup/memory.max': '268435456\n', '/sys/fs/cgroup/memory.high': '134217728\n' };
  assert.equal(reading(both), 128 * MiB);
  assert.equal(reading({ ...both, '/sys/fs/cgroup/memory.max': 'max\n' }), 128 * MiB);
  assert.equal(reading({ '/sys/fs/cgroup/memory/memory.limit_in_bytes': '134217728\n' }), 128 * MiB);
  assert.equal(
    reading({ '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n' }),
    undefined,
  );
  assert.equal(reading({}), undefined);
});

test('memory limit: without one the defaults are what --help says', () => {
  const { computeMemoryBytes, resultBytes, cacheBytes, requestBytes, maxN, memoryLimit } = within(undefined);
  assert.deepEqual([computeMemoryBytes, resultBytes], [1024 * MiB, 256 * MiB]);
  assert.deepEqual([cacheBytes, requestBytes], [64 * MiB, 16 * MiB]);
  assert.deepEqual([maxN, memoryLimit], [1_000_000, undefined]);
});

test('memory limit: whatever it is, the defaults fit in it together, and one of their largest computations', () => {
  for (const limit of [112, 128, 192, 256, 512, 1024, 2048, 16_384]) {
    const config = within(limit * MiB, '--max-n', '44000000');
    const { computeMemoryBytes, resultBytes, cacheBytes, requestBytes, maxN } = config;
    // The engines of idle workers keep a quarter of the computations' memory, but at least 4 MiB each.
    const kept = Math.max(16 * MiB, computeMemoryBytes / 4);
    const taken = 96 * MiB + computeMemoryBytes + resultBytes + requestBytes;
    assert.ok(limit < 192 || taken + kept <= limit * MiB, `${limit} MiB: ${taken + kept}`);
    assert.ok(taken <= limit * MiB);
    assert.ok(cacheBytes <= resultBytes);
    assert.ok(maxN > 100_000 && memoryEstimate(maxN) <= computeMemoryBytes, `${limit} MiB: ${maxN}`);
  }
});

test('memory limit: what is set stays as it is, but --max-n, which falls to what fits', () => {
  const config = within(512 * MiB, '--result-bytes', '300MiB', '--max-n', '10000000');
  assert.equal(config.resultBytes, 300 * MiB);
  assert.equal(config.maxN, largestWithin(config.computeMemoryBytes));
  assert.ok(config.maxN > 3_000_000);
  assert.deepEqual(config.memoryLimit, { bytes: 512 * MiB, maxNAsked: 10_000_000 });
  assert.equal(within(512 * MiB, '--max-n', '10000000', '--compute-memory', '1GiB').maxN, 10_000_000);
});

test('memory limit: below what the server needs it says so in one line', () => {
  assert.throws(
    () => within(64 * MiB),
    (error) =>
      error instanceof UsageError &&
      /^The memory limit of this container is 64 MiB: Expected at least 112 MiB$/.test(error.message),
  );
});

test('memory limit: largestWithin is the largest n whose estimate fits', () => {
  for (const bytes of [0, 4 * MiB, 37 * MiB, 1024 * MiB]) {
    const n = largestWithin(bytes);
    assert.ok(n === 0 || memoryEstimate(n) <= bytes);
    assert.ok(memoryEstimate(n + 1) > bytes);
  }
});
