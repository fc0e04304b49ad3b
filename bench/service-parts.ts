/** The parts of the service over a store in memory, with the product's defaults, for benchmarks that change one of them. */

import { createLock, type Lock } from '../server/domain/lock.ts';
import { openPool, type Pool, type PoolOptions } from '../server/pool/pool.ts';
import { createCache } from '../server/service/cache.ts';
import { createInFlight } from '../server/service/in-flight.ts';
import { createMemoryBudget } from '../server/service/memory-budget.ts';
import type { ServiceParts } from '../server/service/service.ts';
import { createMemoryStore } from '../server/store/memory.ts';

/** The product's defaults. */
const cacheBytes = 64 * 2 ** 20;
const resultBytes = 256 * 2 ** 20;
const queueLimit = 256;
const nMax = 1_000_000;
const nice = 10;

/** What a service needs of a pool, and whoever made it. */
export type ClosablePool = Pick<Pool, 'run' | 'refusal' | 'stats' | 'close'>;

/** The parts of a service, of which a benchmark changes one. */
export interface BenchParts extends ServiceParts {
  readonly pool: ClosablePool;
}

/** @param lock the lock of all parts */
export function createParts(pool: ClosablePool, lock: Lock = createLock()): BenchParts {
  return {
    lock,
    store: createMemoryStore({ lock }),
    cache: createCache({ bytesMax: cacheBytes }),
    inFlight: createInFlight(),
    memory: createMemoryBudget(resultBytes),
    pool,
    nMax,
  };
}

/** The pool that the product opens where it is not told otherwise. */
export function openDefaultPool(options: Partial<PoolOptions> = {}): Promise<Pool> {
  return openPool({ queueLimit, nice, onWorkerLost: (error) => console.error(error), ...options });
}
