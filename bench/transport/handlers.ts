import { Semaphore } from 'async-mutex';
import { createLock, type Lock } from '../../server/domain/lock.ts';
import { openPool } from '../../server/pool/pool.ts';
import { createHandlers, type Handlers } from '../../server/rpc/handlers.ts';
import { createCache } from '../../server/service/cache.ts';
import { createInFlight } from '../../server/service/in-flight.ts';
import { createMemoryBudget } from '../../server/service/memory-budget.ts';
import { createService } from '../../server/service/service.ts';
import { createMemoryStore } from '../../server/store/memory.ts';

/** The product's defaults. */
const cacheBytes = 64 * 2 ** 20;
const resultBytes = 256 * 2 ** 20;
const queueLimit = 256;
const nMax = 1_000_000;
const nice = 10;

/** A lock that is acquired for each section: what sharing saves is the difference. */
function createUnsharedLock(): Lock {
  const mutex = new Semaphore(1);
  return {
    run: (section) =>
      mutex.acquire().then(([, release]) => {
        try {
          return section();
        } finally {
          release();
        }
      }),
    get isLocked() {
      return mutex.isLocked();
    },
  };
}

/** Runs each section as it comes: what the mutex costs is the difference. JavaScript runs one at a time anyway. */
const noLock: Lock = {
  run: async (section) => section(),
  isLocked: false,
};

function createLockOf(locking: string): Lock {
  if (locking === 'none') return noLock;
  return locking === 'unshared' ? createUnsharedLock() : createLock();
}

/** The whole service over a store in memory, as the product composes it. */
export async function openHandlers(locking: string): Promise<Handlers> {
  const lock = createLockOf(locking);
  const service = createService({
    lock,
    store: createMemoryStore({ lock }),
    cache: createCache({ bytesMax: cacheBytes }),
    inFlight: createInFlight(),
    memory: createMemoryBudget(resultBytes),
    pool: await openPool({ queueLimit, nice, onWorkerLost: (error) => console.error(error) }),
    nMax,
  });
  return createHandlers(service, 'memory');
}
