import { performance } from 'node:perf_hooks';
import { abortable, type CacheUse, type Caller } from '../domain/caller.ts';
import { NumStoreError } from '../domain/errors.ts';
import type { Key } from '../domain/key.ts';
import type { Lock } from '../domain/lock.ts';
import { factorialBits } from '../factorial/size.ts';
import type { Tasks } from '../pool/pool.ts';
import type { Store } from '../store/store.ts';
import type { Cache } from './cache.ts';
import { Flight, type Flights, type Landed } from './in-flight.ts';
import type { Reservation, ResultMemory } from './memory-budget.ts';
import type { FactOutcome } from './outcome.ts';
import { addFlightTime, addStoreTime } from './spent-time.ts';

export interface FactorialParts {
  readonly lock: Lock;
  readonly store: Store;
  readonly cache: Cache;
  readonly flights: Flights;
  readonly memory: ResultMemory;
  readonly pool: Tasks;
}

/** On a flight: the answer comes when it lands. */
interface Boarding {
  readonly kind: 'boarded';
  readonly flight: Flight;
  readonly cache: Exclude<CacheUse, 'hit'>;
}

/** Where the factorial of a value comes from: the cache, a computation in flight, or one that is started. */
export class Factorials {
  readonly #lock: Lock;
  readonly #store: Store;
  readonly #cache: Cache;
  readonly #flights: Flights;
  readonly #memory: ResultMemory;
  readonly #pool: Tasks;
  readonly #facts: Record<CacheUse, number> = { hit: 0, miss: 0, joined: 0 };

  constructor({ lock, store, cache, flights, memory, pool }: FactorialParts) {
    this.#lock = lock;
    this.#store = store;
    this.#cache = cache;
    this.#flights = flights;
    this.#memory = memory;
    this.#pool = pool;
  }

  /** Facts so far, by where their result came from. */
  counts(): Readonly<Record<CacheUse, number>> {
    return { ...this.#facts };
  }

  /**
   * The factorial of the value that `key` has now, if it is at most `nMax`.
   * @param holds whether a result that is found counts as held until the caller releases it
   * @throws NumStoreError RESULTS_FULL, QUEUE_FULL, WORKER_LOST, what the store throws, the caller's reason to go
   */
  async find(key: Key, nMax: number, caller: Caller, holds: boolean): Promise<FactOutcome> {
    const read = this.#store.read(key, (value) => this.#lookUp(value, nMax, holds), caller);
    const found = await addStoreTime(caller, read);
    if (found.kind === 'boarded') return this.#fly(found, caller, holds);
    if (found.kind === 'found' && caller.timing !== undefined) {
      caller.timing.cache = 'hit';
      caller.timing.n = found.result.n;
    }
    return found;
  }

  /** Inside the lock: what a value means for Fact, and where its factorial comes from. */
  #lookUp(value: bigint | undefined, nMax: number, holds: boolean): FactOutcome | Boarding {
    if (value === undefined) return { kind: 'missing' };
    if (value < 0n) return { kind: 'negative', value };
    if (value > nMax) return { kind: 'too-large', value, nMax };
    const n = Number(value);
    const result = this.#cache.get(n);
    if (result === undefined) return this.#board(n);
    this.#facts.hit += 1;
    if (holds) result.memory.hold();
    return { kind: 'found', result, cache: 'hit' };
  }

  #board(n: number): Boarding {
    const current = this.#flights.get(n);
    if (current !== undefined) {
      current.waiters += 1;
      this.#facts.joined += 1;
      return { kind: 'boarded', flight: current, cache: 'joined' };
    }
    const flight = new Flight(n, this.#reserve(n), (started) => this.#compute(started));
    this.#flights.add(flight);
    this.#facts.miss += 1;
    return { kind: 'boarded', flight, cache: 'miss' };
  }

  /** Inside the lock: memory for n!, for which results that nobody reads have to go from the cache if need be. */
  #reserve(n: number): Reservation {
    const bytes = Math.ceil(factorialBits(n) / 8);
    do {
      const reservation = this.#memory.reserve(bytes);
      if (reservation !== undefined) return reservation;
    } while (this.#cache.evictIdle());
    throw new NumStoreError(
      'RESULTS_FULL',
      `The ${bytes} bytes of ${n}! do not fit beside the results that are being read; try again later`,
    );
  }

  /** Computes without the lock, and takes it only to keep the result and end the flight. */
  async #compute(flight: Flight): Promise<Landed> {
    const base = this.#cache.nearestBelow(flight.n);
    base?.memory.hold();
    try {
      const computed = await this.#pool.run(
        { n: flight.n, base: base && { n: base.n, bytes: base.bytes } },
        flight.signal,
      );
      return await this.#lock.run(() => {
        const { bytes, sha256 } = computed;
        const result = { n: flight.n, bytes, sha256, memory: flight.memory };
        this.#cache.set(result);
        flight.land(result);
        return { result, computed };
      });
    } catch (error) {
      await this.#lock.run(() => flight.fail());
      throw error;
    } finally {
      await this.#lock.run(() => {
        this.#flights.remove(flight);
        base?.memory.release();
      });
    }
  }

  async #fly({ flight, cache: use }: Boarding, caller: Caller, holds: boolean): Promise<FactOutcome> {
    const boardedAt = performance.now();
    if (caller.timing !== undefined) {
      caller.timing.cache = use;
      caller.timing.n = flight.n;
    }
    try {
      const landed = await abortable(flight.landed, caller.signal);
      if (!holds) await this.#lock.run(() => flight.disembark());
      addFlightTime(caller, use, landed, performance.now() - boardedAt);
      return { kind: 'found', result: landed.result, cache: use };
    } catch (error) {
      await this.#lock.run(() => {
        flight.disembark();
        if (flight.waiters === 0) this.#flights.remove(flight);
      });
      throw error;
    }
  }
}
