import { NumStoreError } from '../domain/errors.ts';
import type { Key } from '../domain/key.ts';
import { addToValue, emptyLedger, nextLedger } from './ledger.ts';
import { listPages, type Position } from './listing.ts';
import { SortedKeys } from './sorted-keys.ts';
import type { Entry, Store, StoreOptions } from './store.ts';
import { Values } from './values.ts';

/** A Map of V8 ends at 2^24 entries, with a RangeError in the middle of a write: the memory store holds no more keys. */
export const memoryKeysMax = 16_000_000;

/** A store in this process: fast, and empty after a restart. The lock guards everything in it. */
export function createMemoryStore({ lock, ...options }: Pick<StoreOptions, 'lock' | 'keysMax'>): Store {
  const keysMax = Math.min(options.keysMax ?? memoryKeysMax, memoryKeysMax);
  const values = new Values();
  const keys = new SortedKeys();
  let ledger = emptyLedger;
  let closed = false;

  const assertOpen = (): void => {
    if (closed) throw new NumStoreError('STOPPING', 'The store is closed');
  };

  /** Inside the lock. What can be refused is refused before the first change. */
  const write = (key: Key, before: bigint | undefined, after: bigint | undefined): void => {
    ledger = nextLedger(ledger, before, after, keysMax);
    if (after === undefined) {
      values.delete(key);
      keys.delete(key);
      return;
    }
    values.set(key, after);
    if (before === undefined) keys.add(key);
  };

  const page = (from: Position, count: number): Entry[] => {
    assertOpen();
    const entries: Entry[] = [];
    for (const key of keys.from(from, count)) {
      const value = values.get(key);
      if (value !== undefined) entries.push({ key, value });
    }
    return entries;
  };

  return {
    set: (key, value, caller) =>
      lock.run(() => {
        assertOpen();
        write(key, values.get(key), value);
        return { total: ledger.total, revision: ledger.revision };
      }, caller.timing),

    add: (key, delta, caller) =>
      lock.run(() => {
        assertOpen();
        const before = values.get(key);
        const value = addToValue(before, delta);
        write(key, before, value);
        return { value, total: ledger.total, revision: ledger.revision };
      }, caller.timing),

    delete: (key, caller) =>
      lock.run(() => {
        assertOpen();
        const before = values.get(key);
        if (before === undefined) return { deleted: false, total: ledger.total, revision: undefined };
        write(key, before, undefined);
        return { deleted: true, total: ledger.total, revision: ledger.revision };
      }, caller.timing),

    read: (key, then, caller) =>
      lock.run(() => {
        assertOpen();
        return then(values.get(key));
      }, caller.timing),

    list: (query, caller) => listPages(query, caller, (from, count) => lock.run(() => page(from, count))),

    stats: (caller) =>
      lock.run(() => {
        assertOpen();
        return ledger;
      }, caller.timing),

    status: 'serving',

    // In its turn: what was asked for before is served.
    close: () =>
      lock.run(() => {
        closed = true;
      }),
  };
}
