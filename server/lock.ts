import { Mutex } from 'async-mutex';

/** A critical section: synchronous, so nothing inside it can wait for a disk, a network or a factorial. */
type Section<T> = () => T extends PromiseLike<unknown> ? never : T;

/**
 * The lock of the shared state: values, total, cache and the table of flights.
 *
 * JavaScript runs one section at a time anyway; the lock states it, and makes the order of sections the order in
 * which they were asked for. What must never run inside it: a factorial, anything of the disk or the network, a
 * conversion of a large result. The type of a section forbids to await there.
 */
export interface Lock {
  /** Runs `section` alone. The lock is released whatever happens; what `section` throws, `run` rejects with. */
  run<T>(section: Section<T>): Promise<T>;
  /** Whether a section runs or waits right now. */
  readonly isLocked: boolean;
}

/** A lock that nobody holds. */
export function createLock(): Lock {
  const mutex = new Mutex();
  return {
    run: (section) => mutex.runExclusive(section),
    get isLocked() {
      return mutex.isLocked();
    },
  };
}
