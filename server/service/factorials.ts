import { performance } from 'node:perf_hooks';
import { abortable, type CacheUse, type Caller } from '../domain/caller.ts';
import { NumStoreError } from '../domain/errors.ts';
import type { Key } from '../domain/key.ts';
import type { Lock } from '../domain/lock.ts';
import { paysToExtend } from '../factorial/engine.ts';
import { freeBytes } from '../factorial/free.ts';
import { factorialBits } from '../factorial/size.ts';
import type { Computed } from '../pool/job.ts';
import type { Tasks } from '../pool/pool.ts';
import type { Store } from '../store/store.ts';
import type { Cache } from './cache.ts';
import { type Completed, Computation, type InFlight } from './in-flight.ts';
import type { MemoryBudget, Reservation } from './memory-budget.ts';
import type { FactOutcome } from './outcome.ts';
import { addComputeTime, addStoreTime } from './spent-time.ts';

export interface FactorialParts {
  readonly lock: Lock;
  readonly store: Store;
  readonly cache: Cache;
  readonly inFlight: InFlight;
  readonly memory: MemoryBudget;
  readonly pool: Tasks;
}

/** The caller waits for a computation, which it has started or joined. */
interface Joined {
  readonly kind: 'in-flight';
  readonly computation: Computation;
  readonly cache: Exclude<CacheUse, 'hit'>;
}

/** Finds factorials: in the cache, in an in-flight computation, or in a new one. */
export class Factorials {
  readonly #lock: Lock;
  readonly #store: Store;
  readonly #cache: Cache;
  readonly #inFlight: InFlight;
  readonly #memory: MemoryBudget;
  readonly #pool: Tasks;
  readonly #facts: Record<CacheUse, number> = { hit: 0, miss: 0, joined: 0 };

  constructor({ lock, store, cache, inFlight, memory, pool }: FactorialParts) {
    this.#lock = lock;
    this.#store = store;
    this.#cache = cache;
    this.#inFlight = inFlight;
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
    if (found.kind === 'in-flight') return this.#wait(found, caller, holds);
    if (found.kind === 'found' && caller.timing !== undefined) {
      caller.timing.cache = 'hit';
      caller.timing.n = found.result.n;
    }
    return found;
  }

  /** Inside the lock: what a value means for Fact, and where its factorial comes from. */
  #lookUp(value: bigint | undefined, nMax: number, holds: boolean): FactOutcome | Joined {
    if (value === undefined) return { kind: 'missing' };
    if (value < 0n) return { kind: 'negative', value };
    if (value > nMax) return { kind: 'too-large', value, nMax };
    const n = Number(value);
    const result = this.#cache.get(n);
    if (result === undefined) return this.#join(n);
    this.#facts.hit += 1;
    if (holds) result.memory.retain();
    return { kind: 'found', result, cache: 'hit' };
  }

  #join(n: number): Joined {
    const current = this.#inFlight.get(n);
    if (current !== undefined) {
      current.waiters += 1;
      this.#facts.joined += 1;
      return { kind: 'in-flight', computation: current, cache: 'joined' };
    }
    // A task that the pool refuses needs no memory, for which others would leave the cache.
    const refusal = this.#pool.refusal(n);
    if (refusal !== undefined) throw refusal;
    const computation = new Computation(n, this.#reserve(n), (started) => this.#compute(started));
    this.#inFlight.add(computation);
    this.#facts.miss += 1;
    return { kind: 'in-flight', computation, cache: 'miss' };
  }

  /**
   * Inside the lock: reserves memory for n!. Unread results leave the cache for it, but only if that makes
   * enough room.
   */
  #reserve(n: number): Reservation {
    const bytes = Math.ceil(factorialBits(n) / 8);
    const isEnough = this.#memory.freeBytes + this.#cache.idleBytes >= bytes;
    do {
      const reservation = this.#memory.reserve(bytes);
      if (reservation !== undefined) return reservation;
    } while (isEnough && this.#cache.evictIdle());
    throw new NumStoreError(
      'RESULTS_FULL',
      `The ${bytes} bytes of ${n}! do not fit beside the results that are being read; try again later`,
    );
  }

  /**
   * Computes without the lock. One section of it keeps the result and ends the computation, so that no caller joins
   * a computation that has distributed its result already.
   */
  async #compute(computation: Computation): Promise<Completed> {
    const nearest = this.#cache.nearestBelow(computation.n);
    const base = nearest !== undefined && paysToExtend(nearest.n, computation.n) ? nearest : undefined;
    base?.memory.retain();
    const end = (): void => {
      this.#inFlight.remove(computation);
      base?.memory.release();
    };
    let computed: Computed;
    try {
      computed = await this.#pool.run(
        { n: computation.n, base: base && { n: base.n, bytes: base.bytes } },
        computation.signal,
      );
    } catch (error) {
      await this.#lock.run(() => {
        computation.fail();
        end();
      });
      throw error;
    }
    return this.#lock.run(() => {
      const { bytes, sha256 } = computed;
      computation.memory.whenFree(() => freeBytes(bytes));
      const result = { n: computation.n, bytes, sha256, memory: computation.memory };
      this.#cache.set(result);
      computation.complete(result);
      end();
      return { result, computed };
    });
  }

  async #wait({ computation, cache: use }: Joined, caller: Caller, holds: boolean): Promise<FactOutcome> {
    const joinedAt = performance.now();
    if (caller.timing !== undefined) {
      caller.timing.cache = use;
      caller.timing.n = computation.n;
    }
    try {
      const completed = await abortable(computation.completed, caller.signal);
      if (!holds) await this.#lock.run(() => computation.leave());
      addComputeTime(caller, use, completed, performance.now() - joinedAt);
      return { kind: 'found', result: completed.result, cache: use };
    } catch (error) {
      await this.#lock.run(() => {
        computation.leave();
        if (computation.waiters === 0) this.#inFlight.remove(computation);
      });
      throw error;
    }
  }
}
