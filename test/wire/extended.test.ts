import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status as Status } from '@grpc/grpc-js';
import { parseKey } from '../../server/domain/key.ts';
import { connectExtended, type Extended } from '../support/extended.ts';
import { connectExact } from '../support/fact-exact.ts';
import { type ServedStack, serveStack } from '../support/stack.ts';
import { connect, type Wire } from '../support/wire.ts';

const max = 2n ** 63n - 1n;
const min = -(2n ** 63n);

async function withServer(
  use: (parts: { stack: ServedStack; nums: Extended; wire: Wire }) => Promise<void>,
): Promise<void> {
  const stack = await serveStack();
  const nums = connectExtended(stack.address);
  const wire = connect(stack.address);
  try {
    await use({ stack, nums, wire });
  } finally {
    nums.close();
    wire.close();
    await stack.close();
  }
  assert.deepEqual(stack.internalErrors, []);
}

test('GetNum: a missing key is OK and not found, a stored 0 is found', () =>
  withServer(async ({ nums }) => {
    assert.deepEqual(await nums.get('k'), { value: 0n, found: false });
    await nums.set('k', 0n);
    assert.deepEqual(await nums.get('k'), { value: 0n, found: true });
    await nums.set('k', min);
    assert.deepEqual(await nums.get('k'), { value: min, found: true });
  }));

test('AddNum: counts from 0, answers value and total, and overflows whole', () =>
  withServer(async ({ nums }) => {
    assert.deepEqual((await nums.add('k', 5n)).reply, { value: 5n, total: 5n });
    assert.deepEqual((await nums.add('k', -7n)).reply, { value: -2n, total: -2n });
    await nums.set('big', max);
    await assert.rejects(nums.add('big', 1n), { code: Status.OUT_OF_RANGE });
    await assert.rejects(nums.add('other', 3n), { code: Status.OUT_OF_RANGE });
    assert.deepEqual(await nums.get('big'), { value: max, found: true });
    assert.deepEqual(await nums.get('other'), { value: 0n, found: false });
    assert.equal((await nums.stats()).total, max - 2n);
  }));

test('DeleteNum: the total follows; a missing key is OK; a total out of int64 is refused whole', () =>
  withServer(async ({ nums, wire }) => {
    await nums.set('A', 3n);
    await nums.set('B', 4n);
    assert.deepEqual((await nums.delete('A')).reply, { total: 4n, deleted: true });
    assert.deepEqual(await nums.delete('A'), { reply: { total: 4n, deleted: false }, revision: undefined });
    assert.match((await wire.fact('A')).error, /does not exist/, 'a Fact after DeleteNum: key missing');
    await nums.delete('B');
    await nums.set('A', min);
    await nums.set('B', max);
    await nums.set('C', 1n);
    await assert.rejects(nums.delete('A'), { code: Status.OUT_OF_RANGE });
    assert.deepEqual(await nums.get('A'), { value: min, found: true });
  }));

test('revision: whoever asks is told the number of the write, in the order in which writes took effect', () =>
  withServer(async ({ nums }) => {
    const writes = [
      () => nums.set('a', 1n),
      () => nums.set('b', 2n),
      () => nums.add('a', 5n),
      () => nums.delete('b'),
      () => nums.set('a', 1n),
    ];
    const revisions: (bigint | undefined)[] = [];
    for (const write of writes) revisions.push((await write()).revision);
    assert.deepEqual(revisions, [1n, 2n, 3n, 4n, 5n]);
    await assert.rejects(nums.set('b', max));
    assert.equal((await nums.stats()).revision, 5n, 'a refused write has none');
  }));

test('ListNums: the order of the UTF-8 bytes; prefix, start after (exclusive) and limit', () =>
  withServer(async ({ nums }) => {
    // In UTF-16, as JavaScript sorts, the last two would come the other way round.
    const keys = ['', 'A', 'a', 'a\0', 'aa', 'b', 'é', '\uFFFD', '😀'];
    for (const [index, key] of [...keys].reverse().entries()) await nums.set(key, BigInt(index));
    const list = async (query?: Parameters<Extended['list']>[0]): Promise<string[]> => {
      return (await nums.list(query)).map(({ key }) => key);
    };
    assert.deepEqual(await list(), keys);
    assert.deepEqual(await list({ prefix: 'a' }), ['a', 'a\0', 'aa']);
    assert.deepEqual(await list({ startAfter: 'aa' }), ['b', 'é', '\uFFFD', '😀']);
    assert.deepEqual(await list({ startAfter: 'ab' }), ['b', 'é', '\uFFFD', '😀'], 'it need not exist');
    assert.deepEqual(await list({ prefix: 'a', startAfter: 'a', limit: 1n }), ['a\0']);
    assert.deepEqual(await list({ limit: 2n }), ['', 'A']);
    assert.deepEqual(await list({ prefix: 'x' }), []);
    await assert.rejects(list({ limit: -1n }), { code: Status.INVALID_ARGUMENT });
  }));

test('ListNums: many more entries than one page come once each, while writes go on', () =>
  withServer(async ({ stack, nums }) => {
    const count = 5000;
    const caller = { signal: new AbortController().signal };
    for (let index = 0; index < count; index++) {
      await stack.store.set(parseKey(`k${index}`), BigInt(index), caller);
    }
    const listing = nums.list();
    const writes = Promise.all(Array.from({ length: 200 }, (_, index) => nums.set(`k${index}`, -1n)));
    const listed = await listing;
    await writes;
    assert.equal(listed.length, count);
    assert.equal(new Set(listed.map(({ key }) => key)).size, count);
  }));

test('GetStats: tells what is stored, kept and running', () =>
  withServer(async ({ stack, nums, wire }) => {
    const exact = connectExact(stack.address);
    await nums.set('a', 5n);
    await nums.set('b', 7n);
    await wire.fact('a');
    await wire.fact('a');
    await exact.ask('b');
    exact.close();
    const { uptimeMs, resultBytes, ...stats } = await nums.stats();
    assert.deepEqual(stats, {
      store: 'memory',
      keys: 2n,
      total: 12n,
      revision: 2n,
      cacheEntries: 2n,
      cacheBytes: 3n,
      cacheHits: 1n,
      cacheMisses: 2n,
      cacheJoined: 0n,
      cacheEvictions: 0n,
      workersReady: 4n,
      workersRunning: 0n,
      queueLength: 0n,
      workersLost: 0n,
      engineFallbacks: 0n,
    });
    assert.ok(uptimeMs > 0n && resultBytes >= 3n);
  }));
