import { performance } from 'node:perf_hooks';
import { abortable, type CacheUse, type Caller } from '../domain/caller.ts';
import { NumStoreError } from '../domain/errors.ts';
import type { Key } from '../domain/key.ts';
import type { Lock } from '../domain/lock.ts';
import { factorialBits } from '../factorial/size.ts';
import type { Pool, PoolStats } from '../pool/pool.ts';
import type { Added, Deleted, Entry, ListQuery, Store, StoreStats, Written } from '../store/store.ts';
import type { Cache } from './cache.ts';
import { Flight, type Flights, type Landed } from './in-flight.ts';
import type { Reservation, ResultMemory } from './memory-budget.ts';
import type { FactOutcome } from './outcome.ts';

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

export interface ServiceParts {
  readonly lock: Lock;
  readonly store: Store;
  readonly cache: Cache;
  readonly flights: Flights;
  readonly memory: ResultMemory;
  readonly pool: Pool;
  /** The largest number whose factorial is computed. */
  readonly nMax: number;
}

/** On a flight: the answer comes when it lands. */
interface Boarding {
  readonly kind: 'boarded';
  readonly flight: Flight;
  readonly cache: Exclude<CacheUse, 'hit'>;
}

/** The service over its parts; who opened the parts closes them. */
export function createService(parts: ServiceParts): Service {
  const { lock, store, cache, flights, memory, pool } = parts;
  const facts: Record<CacheUse, number> = { hit: 0, miss: 0, joined: 0 };

  /** Inside the lock: memory for n!, for which results that nobody reads have to go from the cache if need be. */
  const reserve = (n: number): Reservation => {
    const bytes = Math.ceil(factorialBits(n) / 8);
    do {
      const reservation = memory.reserve(bytes);
      if (reservation !== undefined) return reservation;
    } while (cache.evictIdle());
    throw new NumStoreError(
      'RESULTS_FULL',
      `The ${bytes} bytes of ${n}! do not fit beside the results that are being read; try again later`,
    );
  };

  /** Computes without the lock, and takes it only to keep the result and end the flight. */
  const compute = async (flight: Flight): Promise<Landed> => {
    const base = cache.nearestBelow(flight.n);
    base?.memory.hold();
    try {
      const computed = await pool.run(
        { n: flight.n, base: base && { n: base.n, bytes: base.bytes } },
        flight.signal,
      );
      return await lock.run(() => {
        const { bytes, sha256 } = computed;
        const result = { n: flight.n, bytes, sha256, memory: flight.memory };
        cache.set(result);
        flight.land(result);
        return { result, computed };
      });
    } catch (error) {
      await lock.run(() => flight.fail());
      throw error;
    } finally {
      await lock.run(() => {
        flights.remove(flight);
        base?.memory.release();
      });
    }
  };

  const board = (n: number): Boarding => {
    const current = flights.get(n);
    if (current !== undefined) {
      current.waiters += 1;
      facts.joined += 1;
      return { kind: 'boarded', flight: current, cache: 'joined' };
    }
    const flight = new Flight(n, reserve(n), compute);
    flights.add(flight);
    facts.miss += 1;
    return { kind: 'boarded', flight, cache: 'miss' };
  };

  /** Inside the lock: what a value means for Fact, and where its factorial comes from. */
  const lookUp = (value: bigint | undefined, nMax: number, holds: boolean): FactOutcome | Boarding => {
    if (value === undefined) return { kind: 'missing' };
    if (value < 0n) return { kind: 'negative', value };
    if (value > nMax) return { kind: 'too-large', value, nMax };
    const n = Number(value);
    const result = cache.get(n);
    if (result === undefined) return board(n);
    facts.hit += 1;
    if (holds) result.memory.hold();
    return { kind: 'found', result, cache: 'hit' };
  };

  const fly = async (
    { flight, cache: use }: Boarding,
    caller: Caller,
    holds: boolean,
  ): Promise<FactOutcome> => {
    const boardedAt = performance.now();
    if (caller.timing !== undefined) {
      caller.timing.cache = use;
      caller.timing.n = flight.n;
    }
    try {
      const landed = await abortable(flight.landed, caller.signal);
      if (!holds) await lock.run(() => flight.disembark());
      addFlightTime(caller, use, landed, performance.now() - boardedAt);
      return { kind: 'found', result: landed.result, cache: use };
    } catch (error) {
      await lock.run(() => {
        flight.disembark();
        if (flight.waiters === 0) flights.remove(flight);
      });
      throw error;
    }
  };

  const find = async (key: Key, nMax: number, caller: Caller, holds: boolean): Promise<FactOutcome> => {
    const read = store.read(key, (value) => lookUp(value, nMax, holds), caller);
    const found = await addStoreTime(caller, read);
    if (found.kind === 'boarded') return fly(found, caller, holds);
    if (found.kind === 'found' && caller.timing !== undefined) {
      caller.timing.cache = 'hit';
      caller.timing.n = found.result.n;
    }
    return found;
  };

  const counts = (): ServiceCounts => ({
    cache: { size: cache.size, bytes: cache.bytes, evictions: cache.evictions },
    facts: { ...facts },
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
    fact: (key, caller) => find(key, factMax, caller, false),
    factExact: (key, caller) => find(key, parts.nMax, caller, true),
    async release(outcome) {
      if (outcome.kind === 'found') await lock.run(() => outcome.result.memory.release());
    },
  };
}

/** Writes down what the store took beyond the wait for its lock, which it writes down itself. */
function addStoreTime<T>({ timing }: Caller, work: Promise<T>): Promise<T> {
  if (timing === undefined) return work;
  const startedAt = performance.now();
  return work.finally(() => {
    timing.storeMs += Math.max(0, performance.now() - startedAt - timing.lockMs);
  });
}

function addFlightTime({ timing }: Caller, use: CacheUse, { computed }: Landed, elapsedMs: number): void {
  if (timing === undefined) return;
  const queueMs = use === 'miss' ? computed.waitMs : 0;
  timing.queueMs += queueMs;
  // The way to the thread and back counts: on a busy machine a worker of low priority waits for a core. Where this thread
  // lost its core between the queue and here, its wait is longer than what it saw of the flight.
  timing.computeMs += Math.max(0, elapsedMs - queueMs);
}
