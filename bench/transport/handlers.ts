import { Semaphore } from 'async-mutex';
import { createLock, type Lock } from '../../server/domain/lock.ts';
import { createHandlers, type Handlers } from '../../server/rpc/handlers.ts';
import { createService } from '../../server/service/service.ts';
import { createParts, openDefaultPool } from '../service-parts.ts';

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
  const service = createService(createParts(await openDefaultPool(), createLockOf(locking)));
  return createHandlers(service, 'memory');
}
