import { performance } from 'node:perf_hooks';
import { Mutex } from 'async-mutex';
import type { Timing } from './timing.ts';

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
  /**
   * Runs `section` alone. The lock is released whatever happens; what `section` throws, `run` rejects with. The
   * wait for the lock is added to `timing`.
   */
  run<T>(section: Section<T>, timing?: Timing): Promise<T>;
  /** Whether a section runs or waits right now. */
  readonly isLocked: boolean;
}

/**
 * A lock that nobody holds.
 *
 * Sections that are asked for before the mutex is granted share one acquisition, as a group commit shares one
 * write: an acquisition costs a few microseconds, most sections less. They run one after the other, in order.
 */
export function createLock(): Lock {
  const mutex = new Mutex();
  let waiting: (() => void)[] = [];

  const runWaiting = (): void => {
    const sections = waiting;
    // What a section itself asks for comes after this group.
    waiting = [];
    for (const section of sections) section();
  };

  return {
    run: (section, timing) =>
      new Promise((resolve, reject) => {
        const askedAt = timing === undefined ? 0 : performance.now();
        const size = waiting.push(() => {
          if (timing !== undefined) timing.lockMs += performance.now() - askedAt;
          try {
            resolve(section());
          } catch (error) {
            reject(error);
          }
        });
        // The first of a group acquires for all of it. A group never throws: each section settles its own promise.
        if (size === 1) mutex.runExclusive(runWaiting).catch(reject);
      }),
    get isLocked() {
      return waiting.length > 0 || mutex.isLocked();
    },
  };
}
