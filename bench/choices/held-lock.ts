import { Semaphore } from 'async-mutex';
import type { Lock } from '../../server/domain/lock.ts';
import type { ClosablePool } from '../service-parts.ts';

/** A lock that can be held across an await, which the product's cannot. */
interface HeldLock extends Lock {
  /** Runs `work` alone, and lets its last sections run before anything else gets the lock. */
  hold<T>(work: () => Promise<T>): Promise<T>;
}

export function createHeldLock(): HeldLock {
  const mutex = new Semaphore(1);
  let isEnding = false;
  return {
    // The sections that keep a result follow in the same turn; behind the others' they would wait
    // for factorials that have come later.
    run: async (section) => (isEnding ? section() : mutex.runExclusive(() => section())),
    async hold(work) {
      const [, release] = await mutex.acquire();
      try {
        return await work();
      } finally {
        isEnding = true;
        setImmediate(() => {
          isEnding = false;
          release();
        });
      }
    },
    get isLocked() {
      return mutex.isLocked();
    },
  };
}

/** The mistake of the held lock: each computation of `pool` has the lock from its start to its end. */
export function holdWhileComputing(pool: ClosablePool, lock: HeldLock): ClosablePool {
  return {
    run: (request, signal) => lock.hold(() => pool.run(request, signal)),
    refusal: (n) => pool.refusal(n),
    stats: () => pool.stats(),
    close: () => pool.close(),
  };
}
