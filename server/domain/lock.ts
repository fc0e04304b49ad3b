import { performance } from 'node:perf_hooks';
import { Semaphore } from 'async-mutex';
import type { Timing } from './caller.ts';

/** A critical section: synchronous, so nothing inside it can wait for a disk, a network or a factorial. */
type Section<T> = () => T extends PromiseLike<unknown> ? never : T;

/**
 * The lock of the shared state: values, total, cache and the table of in-flight computations.
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

/** Told in milliseconds, and when, by the clock of `performance.now`; without listeners nothing is measured. */
export interface LockOptions {
  /** How long each section waited. */
  readonly onWaited?: ((ms: number, at: number) => void) | undefined;
  /** How long the sections of one acquisition took together. */
  readonly onHeld?: ((ms: number, at: number) => void) | undefined;
}

/**
 * A lock that nobody holds.
 *
 * Sections that are asked for before the mutex is granted share one acquisition, as a group commit shares one
 * write: an acquisition costs a few microseconds, most sections less. They run one after the other, in order.
 */
export function createLock({ onWaited, onHeld }: LockOptions = {}): Lock {
  // A semaphore of one is what async-mutex's Mutex is inside. The Mutex wraps each acquisition in a generator, which costs
  // more than all the rest of a small call: 8.3 us of CPU against 6.2, measured with one call a connection.
  const mutex = new Semaphore(1);
  let waiting: (() => void)[] = [];

  const runWaiting = (): void => {
    const sections = waiting;
    // What a section itself asks for comes after this group.
    waiting = [];
    const heldAt = onHeld === undefined ? 0 : performance.now();
    for (const section of sections) section();
    if (onHeld === undefined) return;
    const freedAt = performance.now();
    onHeld(freedAt - heldAt, freedAt);
  };

  const onGranted = ([, release]: readonly [number, () => void]): void => {
    try {
      runWaiting();
    } finally {
      release();
    }
  };

  return {
    run: (section, timing) =>
      new Promise((resolve, reject) => {
        const isMeasured = timing !== undefined || onWaited !== undefined;
        const askedAt = isMeasured ? performance.now() : 0;
        const size = waiting.push(() => {
          if (isMeasured) {
            const grantedAt = performance.now();
            const waitedMs = grantedAt - askedAt;
            if (timing !== undefined) timing.lockMs += waitedMs;
            onWaited?.(waitedMs, grantedAt);
          }
          try {
            resolve(section());
          } catch (error) {
            reject(error);
          }
        });
        // The first of a group acquires for all of it. A group never throws: each section settles its own promise.
        if (size === 1) mutex.acquire().then(onGranted).catch(reject);
      }),
    get isLocked() {
      return waiting.length > 0 || mutex.isLocked();
    },
  };
}
