import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { NumStoreError } from '../../server/domain/errors.ts';
import { type Key, parseKey } from '../../server/domain/key.ts';
import { createLock, type Lock } from '../../server/domain/lock.ts';
import type { ListQuery, Store } from '../../server/store/store.ts';
import { patient } from './store-caller.ts';
import { collect, get, list, oddKeys, refuses } from './store-calls.ts';
import { closingLaws } from './store-contract-closing.ts';
import { fullLaws } from './store-contract-full.ts';
import { type LifeState, type Living, lifeStates, live } from './store-life.ts';
import type { Subject } from './store-places.ts';

const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;

/** The laws of store.ts, run on `subject` in every state of its life. */
export function storeContract(subject: Subject): void {
  for (const state of lifeStates) {
    if (state === 'reopened' && !subject.isDurable) continue;
    describe(`store ${subject.name}, ${state}:`, () => laws(subject, state));
  }
  describe(`store ${subject.name}, closing:`, () => closingLaws(subject));
  describe(`store ${subject.name}, full:`, () => fullLaws(subject));
}

/** A store under test: it is in the state of its life, and its own keys are gone again afterwards. */
type Law = (store: Store, living: Living) => Promise<void>;

function laws(subject: Subject, state: LifeState): void {
  let lock: Lock;
  let living: Living;
  before(async () => {
    lock = createLock();
    living = await live(subject, state, lock);
  });
  after(() => living.end());

  const law = (title: string, holds: Law): void => {
    it(title, async () => {
      await holds(living.store, living);
      await living.clean();
    });
  };

  law('the total after each write is that of the exercise', async (store) => {
    const totals: bigint[] = [];
    for (const [key, value] of [
      ['A', 1n],
      ['B', 10n],
      ['A', 5n],
      ['B', 0n],
    ] as const) {
      totals.push((await store.set(parseKey(key), value, patient)).total);
    }
    assert.deepEqual(totals, [1n, 11n, 15n, 5n]);
  });

  law('a read sees every acknowledged write at once', async (store) => {
    for (let value = 1n; value <= 50n; value += 1n) {
      await store.set(parseKey('seen'), value, patient);
      assert.equal(await get(store, 'seen'), value);
    }
    await store.delete(parseKey('seen'), patient);
    assert.equal(await get(store, 'seen'), undefined);
  });

  law('0 is a value, and a missing key has none', async (store) => {
    await store.set(parseKey('zero'), 0n, patient);
    assert.equal(await get(store, 'zero'), 0n);
    assert.equal(await get(store, 'missing'), undefined);
  });

  law('every key of Unicode comes back, the empty one and the longest included', async (store) => {
    for (const [index, text] of oddKeys.entries()) await store.set(parseKey(text), BigInt(index), patient);
    for (const [index, text] of oddKeys.entries()) assert.equal(await get(store, text), BigInt(index));
  });

  law('every int64 comes back', async (store) => {
    for (const value of [int64Min, int64Min + 1n, -1n, 2n ** 53n + 1n, int64Max]) {
      assert.equal((await store.set(parseKey('edge'), value, patient)).total, value);
      assert.equal(await get(store, 'edge'), value);
    }
  });

  law('from one end of int64 to the other is one step', async (store) => {
    await store.set(parseKey('A'), int64Min, patient);
    assert.equal((await store.set(parseKey('A'), int64Max, patient)).total, int64Max);
    assert.equal((await store.set(parseKey('A'), int64Min, patient)).total, int64Min);
    await store.set(parseKey('B'), int64Max, patient);
    assert.equal((await store.set(parseKey('A'), 0n, patient)).total, int64Max);
    assert.equal((await store.set(parseKey('B'), int64Min, patient)).total, int64Min);
  });

  law('a set that takes the total out of int64 changes nothing', async (store) => {
    await store.set(parseKey('A'), int64Max, patient);
    await refuses('OVERFLOW', store.set(parseKey('B'), 1n, patient));
    await refuses('OVERFLOW', store.set(parseKey('new'), int64Max, patient));
    assert.equal(await get(store, 'new'), undefined);
    assert.equal((await store.set(parseKey('A'), int64Min, patient)).total, int64Min);
    await refuses('OVERFLOW', store.set(parseKey('B'), -1n, patient));
    assert.equal(await get(store, 'B'), undefined);
    assert.equal((await store.set(parseKey('A'), 3n, patient)).total, 3n);
  });

  law('a delete that takes the total out of int64 changes nothing', async (store) => {
    await store.set(parseKey('A'), int64Min, patient);
    await store.set(parseKey('B'), int64Max, patient);
    await store.set(parseKey('C'), 1n, patient);
    await refuses('OVERFLOW', store.delete(parseKey('A'), patient));
    assert.equal(await get(store, 'A'), int64Min);
    assert.equal((await store.set(parseKey('C'), 0n, patient)).total, -1n);
  });

  law('add counts a missing key as 0', async (store) => {
    const { value, total } = await store.add(parseKey('count'), -5n, patient);
    assert.deepEqual([value, total], [-5n, -5n]);
    assert.equal((await store.add(parseKey('count'), 2n ** 60n, patient)).value, 2n ** 60n - 5n);
  });

  law('an add that takes the value or the total out of int64 changes nothing', async (store) => {
    await store.set(parseKey('A'), int64Max, patient);
    await refuses('OVERFLOW', store.add(parseKey('A'), 1n, patient));
    await refuses('OVERFLOW', store.add(parseKey('B'), 1n, patient));
    assert.equal(await get(store, 'B'), undefined);
    await store.set(parseKey('B'), -10n, patient);
    await refuses('OVERFLOW', store.add(parseKey('B'), 11n, patient));
    assert.equal(await get(store, 'B'), -10n);
    await store.set(parseKey('A'), int64Min + 10n, patient);
    await refuses('OVERFLOW', store.add(parseKey('A'), int64Min, patient));
    assert.equal((await store.add(parseKey('B'), 10n, patient)).total, int64Min + 10n);
  });

  law('a delete answers whether there was anything', async (store) => {
    await store.set(parseKey('A'), 7n, patient);
    const gone = await store.delete(parseKey('A'), patient);
    assert.deepEqual([gone.deleted, gone.total], [true, 0n]);
    const missing = await store.delete(parseKey('A'), patient);
    assert.deepEqual(missing, { deleted: false, total: 0n, revision: undefined });
  });

  law('revisions number the writes that took effect, and only those', async (store, { isQuiet }) => {
    const { revision: first } = await store.set(parseKey('A'), int64Max, patient);
    await refuses('OVERFLOW', store.add(parseKey('A'), 1n, patient));
    await store.delete(parseKey('missing'), patient);
    const { revision: second } = await store.add(parseKey('B'), 0n, patient);
    const { revision: third = 0n } = await store.delete(parseKey('A'), patient);
    assert.ok(first < second && second < third);
    if (isQuiet) assert.deepEqual([second - first, third - first], [1n, 2n]);
    assert.ok((await store.stats(patient)).revision >= third);
  });

  law('the totals of concurrent writes follow the order of their revisions', async (store) => {
    const writes = await Promise.all(
      Array.from({ length: 400 }, async (_, index) => {
        const key = parseKey(`k${index % 7}`);
        const value = BigInt(index) * 1_000_003n;
        return { key, value, ...(await store.set(key, value, patient)) };
      }),
    );
    const values = new Map<Key, bigint>();
    let total = 0n;
    writes.sort((a, b) => Number(a.revision - b.revision));
    for (const write of writes) {
      total += write.value - (values.get(write.key) ?? 0n);
      values.set(write.key, write.value);
      assert.equal(write.total, total);
    }
    assert.equal(new Set(writes.map(({ revision }) => revision)).size, writes.length);
    for (const [key, value] of values) assert.equal(await get(store, key), value);
  });

  law('a read runs what it is given inside the lock', async (store) => {
    assert.equal(await store.read(parseKey('A'), () => lock.isLocked, patient), true);
  });

  law('a read whose section throws leaves the store usable', async (store) => {
    const mistake = new TypeError('a mistake');
    await assert.rejects(
      store.read(
        parseKey('A'),
        () => {
          throw mistake;
        },
        patient,
      ),
      mistake,
    );
    assert.equal((await store.set(parseKey('A'), 1n, patient)).total, 1n);
  });

  law('a list is in the order of the UTF-8 bytes', async (store) => {
    for (const text of oddKeys) await store.set(parseKey(`p${text}`.slice(0, 300)), 1n, patient);
    const listed = (await list(store, { prefix: 'p' })).map(({ key }) => key);
    const expected = oddKeys.map((text) => `p${text}`.slice(0, 300));
    expected.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual(listed, expected);
  });

  law('a list keeps to its prefix, its start and its limit', async (store) => {
    for (const text of ['a', 'p', 'p1', 'p2', 'p3', 'q']) await store.set(parseKey(text), 0n, patient);
    const keys = async (query: Partial<ListQuery>): Promise<string> =>
      (await list(store, query)).map(({ key }) => key).join(' ');
    assert.equal(await keys({ prefix: 'p' }), 'p p1 p2 p3');
    assert.equal(await keys({ prefix: 'p', startAfter: 'p1' }), 'p2 p3');
    assert.equal(await keys({ prefix: 'p', startAfter: 'p15' }), 'p2 p3');
    assert.equal(await keys({ prefix: 'p', startAfter: 'a' }), 'p p1 p2 p3');
    assert.equal(await keys({ prefix: 'p', startAfter: 'q' }), '');
    assert.equal(await keys({ prefix: 'p', startAfter: 'p1', limit: 1n }), 'p2');
    assert.equal(await keys({ prefix: 'p', limit: 2n ** 63n - 1n }), 'p p1 p2 p3');
    assert.equal(await keys({ prefix: 'none' }), '');
  });

  law('a list of many pages has every key once, with its value', async (store) => {
    const count = 1000;
    await Promise.all(
      Array.from({ length: count }, (_, index) => store.set(parseKey(`n${index}`), BigInt(index), patient)),
    );
    const listing = collect(store.list({ prefix: 'n', startAfter: undefined, limit: 0n }, patient));
    // Keys that come and go meanwhile do not disturb those that stay.
    await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        await store.set(parseKey(`n${index}x`), 0n, patient);
        await store.delete(parseKey(`n${index}x`), patient);
      }),
    );
    const listed = (await listing).filter(({ key }) => !key.endsWith('x'));
    assert.equal(listed.length, count);
    for (const { key, value } of listed) assert.equal(key, `n${value}`);
    assert.equal((await list(store, { prefix: 'n', limit: 700n })).length, 700);
  });

  law('a list ends with the reason of its caller', async (store) => {
    for (const text of ['x1', 'x2']) await store.set(parseKey(text), 0n, patient);
    const gone = new NumStoreError('CANCELLED', 'gone');
    const query = { prefix: 'x', startAfter: undefined, limit: 0n };
    await assert.rejects(collect(store.list(query, { signal: AbortSignal.abort(gone) })), gone);
  });

  law('the statistics count keys, total and revision', async (store, { base, isQuiet }) => {
    await store.set(parseKey('A'), 40n, patient);
    await store.set(parseKey('B'), 3n, patient);
    await store.add(parseKey('A'), -1n, patient);
    const { revision = 0n } = await store.delete(parseKey('B'), patient);
    const stats = await store.stats(patient);
    assert.equal(stats.keys, base.keys + 1);
    assert.equal(stats.total, 39n);
    if (isQuiet) assert.equal(stats.revision, revision);
  });
}
