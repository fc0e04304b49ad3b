import type { CacheUse, Caller } from '../domain/caller.ts';
import type { Key } from '../domain/key.ts';
import type { PoolStats } from '../pool/pool.ts';
import type { Added, Deleted, Entry, ListQuery, StoreStats, Written } from '../store/store.ts';
import type { Cache } from './cache.ts';
import { type FactorialParts, Factorials } from './factorials.ts';
import type { FactOutcome } from './outcome.ts';
import { addStoreTime } from './spent-time.ts';

/** 21! does not fit an int64. */
export const factMax = 20;

/** The whole domain. It knows nothing of gRPC. */
export interface Service {
  /**
   * Sets `key` to `value`, an int64, and answers the total of all values after it.
   * @throws NumStoreError OVERFLOW (nothing changed), and what the store throws
   */
  setNum(key: Key, value: bigint, caller: Caller): Promise<Written>;

  /** The value of `key`, or `undefined`. @throws what the store throws */
  getNum(key: Key, caller: Caller): Promise<bigint | undefined>;

  /**
   * Adds `delta`, an int64, to the value of `key`; a missing key counts as 0.
   * @throws as `setNum`
   */
  addNum(key: Key, delta: bigint, caller: Caller): Promise<Added>;

  /** Deletes `key`; a missing key is no error. @throws as `setNum` */
  deleteNum(key: Key, caller: Caller): Promise<Deleted>;

  /** The entries in the order of their keys' UTF-8 bytes, in pages: see `Store.list`. */
  listNums(query: ListQuery, caller: Caller): AsyncIterable<readonly Entry[]>;

  /** How much there is, and what has happened so far. @throws what the store throws */
  stats(caller: Caller): Promise<ServiceStats>;

  /** The part of it that asks no store. */
  counts(): ServiceCounts;

  /**
   * The factorial of the value that `key` has now, if it is at most `factMax`: from the cache, from a computation
   * under way, or computed on the pool.
   * @throws NumStoreError RESULTS_FULL, QUEUE_FULL, WORKER_LOST, what the store throws, the caller's reason to go
   */
  fact(key: Key, caller: Caller): Promise<FactOutcome>;

  /**
   * The same up to the limit of this service, and from the same cache. A result that is found counts as held
   * until it is handed to `release`.
   * @throws as `fact`
   */
  factExact(key: Key, caller: Caller): Promise<FactOutcome>;
  release(outcome: FactOutcome): Promise<void>;
}

export interface ServiceStats extends ServiceCounts {
  readonly store: StoreStats;
}

export interface ServiceCounts {
  readonly cache: Pick<Cache, 'size' | 'bytes' | 'evictions'>;
  /** Facts by where their result came from. */
  readonly facts: Readonly<Record<CacheUse, number>>;
  readonly resultBytes: number;
  readonly pool: PoolStats;
}

export interface ServiceParts extends FactorialParts {
  /** The largest number whose factorial is computed. */
  readonly nMax: number;
}

/** The service over its parts; who opened the parts closes them. */
export function createService(parts: ServiceParts): Service {
  const { lock, store, cache, memory, pool } = parts;
  const factorials = new Factorials(parts);

  const counts = (): ServiceCounts => ({
    cache: { size: cache.size, bytes: cache.bytes, evictions: cache.evictions },
    facts: factorials.counts(),
    resultBytes: memory.usedBytes,
    pool: pool.stats(),
  });

  return {
    setNum: (key, value, caller) => addStoreTime(caller, store.set(key, value, caller)),
    getNum: (key, caller) =>
      addStoreTime(
        caller,
        store.read(key, (value) => value, caller),
      ),
    addNum: (key, delta, caller) => addStoreTime(caller, store.add(key, delta, caller)),
    deleteNum: (key, caller) => addStoreTime(caller, store.delete(key, caller)),
    listNums: (query, caller) => store.list(query, caller),
    stats: async (caller) => ({ store: await store.stats(caller), ...counts() }),
    counts,
    fact: (key, caller) => factorials.find(key, factMax, caller, false),
    factExact: (key, caller) => factorials.find(key, parts.nMax, caller, true),
    async release(outcome) {
      if (outcome.kind === 'found') await lock.run(() => outcome.result.memory.release());
    },
  };
}
