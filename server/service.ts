import type { Cache } from './cache/cache.ts';
import type { Flight, Flights } from './cache/flights.ts';
import type { FactorialResult } from './factorial/result.ts';
import type { Key } from './key.ts';
import type { Lock } from './lock.ts';
import type { CacheUse, FactOutcome } from './outcome.ts';
import type { Pool } from './pool/pool.ts';
import type { Store } from './store/store.ts';

/** Who waits for an answer. The signal is read only where there is something to wait for. */
interface Caller {
  /** Aborted, with a NumStoreError as its reason, when the caller is gone or its deadline has passed. */
  readonly signal: AbortSignal;
}

/** The whole domain. It knows nothing of gRPC. */
export interface Service {
  /**
   * Sets `key` to `value`, an int64, and answers the total of all values after it.
   * @throws NumStoreError OVERFLOW (nothing changed), STOPPING
   */
  setNum(key: Key, value: bigint): Promise<bigint>;

  /**
   * The factorial of the value that `key` has now, if it is at most `nMax`: from the cache, from a computation
   * under way, or computed on the pool.
   * @throws NumStoreError QUEUE_FULL, WORKER_LOST, STOPPING, and the reason of the caller's signal
   */
  fact(key: Key, nMax: bigint, caller: Caller): Promise<FactOutcome>;
}

export interface ServiceParts {
  readonly lock: Lock;
  readonly store: Store;
  readonly cache: Cache;
  readonly flights: Flights;
  readonly pool: Pool;
}

/** The service over its parts; who opened the parts closes them. */
export function createService({ lock, store, cache, flights, pool }: ServiceParts): Service {
  /** Computes without the lock, and takes it only to keep the result and end the flight. */
  const compute = async (flight: Flight): Promise<FactorialResult> => {
    try {
      const result = await pool.run(flight.n, flight.signal);
      await lock.run(() => cache.set(result));
      return result;
    } finally {
      await lock.run(() => flights.land(flight));
    }
  };

  /** Inside the lock: what a value means for Fact, and where its factorial comes from. */
  const lookUp = (value: bigint | undefined, nMax: bigint): FactOutcome | Boarding => {
    if (value === undefined) return { kind: 'missing' };
    if (value < 0n) return { kind: 'negative', value };
    if (value > nMax) return { kind: 'too-large', value };
    const n = Number(value);
    const result = cache.get(n);
    if (result !== undefined) return { kind: 'found', result, cache: 'hit' };
    const { flight, leads } = flights.join(n, compute);
    return { kind: 'boarded', flight, cache: leads ? 'miss' : 'joined' };
  };

  return {
    setNum: (key, value) => store.set(key, value),

    async fact(key, nMax, caller) {
      const found = await store.read(key, (value) => lookUp(value, nMax));
      if (found.kind !== 'boarded') return found;
      try {
        const result = await abortable(found.flight.result, caller.signal);
        return { kind: 'found', result, cache: found.cache };
      } catch (error) {
        await lock.run(() => flights.leave(found.flight));
        throw error;
      }
    },
  };
}

/** On a flight: the answer comes when it lands. */
interface Boarding {
  readonly kind: 'boarded';
  readonly flight: Flight;
  readonly cache: Exclude<CacheUse, 'hit'>;
}

/** What `promise` settles with, unless `signal` is aborted first: then a rejection with its reason, at once. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
