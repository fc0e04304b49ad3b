import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type ErrorCode, NumStoreError } from '../../server/domain/errors.ts';
import { parseKey } from '../../server/domain/key.ts';
import { createLock } from '../../server/domain/lock.ts';
import type { Store } from '../../server/store/store.ts';
import { patient } from './store-caller.ts';
import { get, list, refuses } from './store-calls.ts';
import type { Subject } from './store-places.ts';

const int64Max = 2n ** 63n - 1n;
const keysMax = 3;

/** The laws of `keysMax`, run on places of `subject` that are new. */
export function fullLaws(subject: Subject): void {
  const law = (title: string, holds: (store: Store) => Promise<void>): void => {
    it(title, async () => {
      const place = await subject.createPlace();
      const store = await place.open(createLock(), keysMax);
      for (const text of ['A', 'B', 'C']) await store.set(parseKey(text), 1n, patient);
      await holds(store);
      await store.close();
      await place.remove();
    });
  };

  law('a new key beyond the limit is refused, and nothing changes', async (store) => {
    const before = await store.stats(patient);
    await refuses('STORE_FULL', store.set(parseKey('D'), 1n, patient));
    await refuses('STORE_FULL', store.add(parseKey('D'), 1n, patient));
    await refuses('STORE_FULL', store.set(parseKey('D'), int64Max, patient));
    assert.equal(await get(store, 'D'), undefined);
    assert.deepEqual(await store.stats(patient), before);
    assert.deepEqual(
      (await list(store, {})).map(({ key }) => key),
      ['A', 'B', 'C'],
    );
  });

  law('a full store overwrites, adds to and deletes the keys it has', async (store) => {
    assert.equal((await store.set(parseKey('A'), 5n, patient)).total, 7n);
    assert.equal((await store.add(parseKey('B'), 2n, patient)).value, 3n);
    assert.equal((await store.delete(parseKey('missing'), patient)).deleted, false);
    assert.equal((await store.delete(parseKey('C'), patient)).total, 8n);
    assert.equal((await store.set(parseKey('D'), 1n, patient)).total, 9n);
    await refuses('STORE_FULL', store.add(parseKey('C'), 1n, patient));
  });

  law('of concurrent new keys exactly as many are taken as there is room for', async (store) => {
    await store.delete(parseKey('A'), patient);
    await store.delete(parseKey('B'), patient);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        store.set(parseKey(`k${index}`), 1n, patient).then(
          () => 'taken' as const,
          (error: unknown): ErrorCode => {
            if (error instanceof NumStoreError) return error.code;
            throw error;
          },
        ),
      ),
    );
    assert.equal(outcomes.filter((outcome) => outcome === 'taken').length, 2);
    assert.equal(outcomes.filter((outcome) => outcome === 'STORE_FULL').length, 18);
    assert.equal((await store.stats(patient)).keys, keysMax);
  });

  if (!subject.isDurable) return;
  it('a store that holds more keys than its limit serves them, and takes no new one', async () => {
    const place = await subject.createPlace();
    const large = await place.open();
    for (let index = 0; index < 2 * keysMax; index++) {
      await large.set(parseKey(`k${index}`), 1n, patient);
    }
    await large.close();
    const store = await place.open(createLock(), keysMax);
    await refuses('STORE_FULL', store.set(parseKey('new'), 1n, patient));
    await store.delete(parseKey('k0'), patient);
    await refuses('STORE_FULL', store.set(parseKey('k0'), 1n, patient));
    assert.equal((await store.set(parseKey('k1'), 2n, patient)).total, 6n);
    await store.close();
    await place.remove();
  });
}
