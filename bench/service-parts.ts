/**
 * The parts of the service over a store in memory, with the product's defaults, for benchmarks that
 * change one of them.
 */
import { createCache } from '../server/cache/cache.ts';
import { createFlights } from '../server/cache/flights.ts';
import { createResultMemory } from '../server/cache/result-memory.ts';
import { createLock, type Lock } from '../server/lock.ts';
import { openPool, type Pool, type PoolOptions } from '../server/pool/pool.ts';
import type { ServiceParts } from '../server/service.ts';
import { createMemoryStore } from '../server/store/memory.ts';

/** The product's defaults. */
const cacheBytes = 64 * 2 ** 20;
const resultBytes = 256 * 2 ** 20;
const queueLimit = 256;
const nMax = 1_000_000;
const nice = 10;

/** @param lock the lock of all parts */
export function createParts(pool: Pool, lock: Lock = createLock()): ServiceParts {
  return {
    lock,
    store: createMemoryStore({ lock }),
    cache: createCache({ bytesMax: cacheBytes }),
    flights: createFlights(),
    memory: createResultMemory(resultBytes),
    pool,
    nMax,
  };
}

/** The pool that the product opens where it is not told otherwise. */
export function openDefaultPool(options: Partial<PoolOptions> = {}): Promise<Pool> {
  return openPool({ queueLimit, nice, onWorkerLost: (error) => console.error(error), ...options });
}
