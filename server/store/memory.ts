import type { Caller } from '../domain/caller.ts';
import { NumStoreError } from '../domain/errors.ts';
import type { Key } from '../domain/key.ts';
import type { Lock } from '../domain/lock.ts';
import { addToValue, emptyLedger, nextLedger } from './ledger.ts';
import { listPages, type Position } from './listing.ts';
import { SortedKeys } from './sorted-keys.ts';
import type {
  Added,
  Deleted,
  Entry,
  ListQuery,
  ReadSection,
  Store,
  StoreOptions,
  StoreStats,
  Written,
} from './store.ts';
import { Values } from './values.ts';

/** A Map of V8 ends at 2^24 entries, with a RangeError in the middle of a write: the memory store holds no more keys. */
export const memoryKeysMax = 16_000_000;

/** A store in this process: fast, and empty after a restart. The lock guards everything in it. */
export function createMemoryStore(options: Pick<StoreOptions, 'lock' | 'keysMax'>): Store {
  return new MemoryStore(options);
}

class MemoryStore implements Store {
  readonly status = 'serving';
  readonly #lock: Lock;
  readonly #keysMax: number;
  readonly #values = new Values();
  readonly #keys = new SortedKeys();
  #ledger = emptyLedger;
  #isClosed = false;

  constructor({ lock, keysMax = memoryKeysMax }: Pick<StoreOptions, 'lock' | 'keysMax'>) {
    this.#lock = lock;
    this.#keysMax = Math.min(keysMax, memoryKeysMax);
  }

  set(key: Key, value: bigint, caller: Caller): Promise<Written> {
    return this.#lock.run(() => {
      this.#assertOpen();
      this.#write(key, this.#values.get(key), value);
      return { total: this.#ledger.total, revision: this.#ledger.revision };
    }, caller.timing);
  }

  add(key: Key, delta: bigint, caller: Caller): Promise<Added> {
    return this.#lock.run(() => {
      this.#assertOpen();
      const before = this.#values.get(key);
      const value = addToValue(before, delta);
      this.#write(key, before, value);
      return { value, total: this.#ledger.total, revision: this.#ledger.revision };
    }, caller.timing);
  }

  delete(key: Key, caller: Caller): Promise<Deleted> {
    return this.#lock.run(() => {
      this.#assertOpen();
      const before = this.#values.get(key);
      if (before === undefined) return { deleted: false, total: this.#ledger.total, revision: undefined };
      this.#write(key, before, undefined);
      return { deleted: true, total: this.#ledger.total, revision: this.#ledger.revision };
    }, caller.timing);
  }

  read<T>(key: Key, then: ReadSection<T>, caller: Caller): Promise<T> {
    return this.#lock.run(() => {
      this.#assertOpen();
      return then(this.#values.get(key));
    }, caller.timing);
  }

  list(query: ListQuery, caller: Caller): AsyncIterable<readonly Entry[]> {
    return listPages(query, caller, (from, count) => this.#lock.run(() => this.#page(from, count)));
  }

  stats(caller: Caller): Promise<StoreStats> {
    return this.#lock.run(() => {
      this.#assertOpen();
      return this.#ledger;
    }, caller.timing);
  }

  /** In its turn: what was asked for before is served. */
  close(): Promise<void> {
    return this.#lock.run(() => {
      this.#isClosed = true;
    });
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new NumStoreError('STOPPING', 'The store is closed');
  }

  /** Inside the lock. What can be refused is refused before the first change. */
  #write(key: Key, before: bigint | undefined, after: bigint | undefined): void {
    this.#ledger = nextLedger(this.#ledger, before, after, this.#keysMax);
    if (after === undefined) {
      this.#values.delete(key);
      this.#keys.delete(key);
      return;
    }
    this.#values.set(key, after);
    if (before === undefined) this.#keys.add(key);
  }

  #page(from: Position, count: number): Entry[] {
    this.#assertOpen();
    const entries: Entry[] = [];
    for (const key of this.#keys.from(from, count)) {
      const value = this.#values.get(key);
      if (value !== undefined) entries.push({ key, value });
    }
    return entries;
  }
}
