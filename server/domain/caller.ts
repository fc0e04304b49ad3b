/** Who waits for an answer. */
export interface Caller {
  /**
   * Aborted, with a NumStoreError as its reason, when the caller is gone or its deadline has passed. It is made
   * when it is first read: read it only where there is something to wait for.
   */
  readonly signal: AbortSignal;
  /** Where to write down how long things took, if the caller has asked for it. */
  readonly timing?: Timing | undefined;
}

/** Where the result of a Fact came from; only `hit` means that it was in the cache at lookup. */
export type CacheUse = 'hit' | 'miss' | 'joined';

/** Where the time of one call went, in milliseconds; filled in by whoever spends it. */
export interface Timing {
  /** Waiting for the lock. */
  lockMs: number;
  /** Waiting for a worker. */
  queueMs: number;
  /** Computing, or waiting for somebody else's computation. */
  computeMs: number;
  /** In the store, beyond the wait for its lock: disk or network. */
  storeMs: number;
  /** Waiting for the reader of a stream. */
  sendMs: number;
  cache: CacheUse | undefined;
  /** Whose factorial was asked for. */
  n: number | undefined;
}

export function createTiming(): Timing {
  return { lockMs: 0, queueMs: 0, computeMs: 0, storeMs: 0, sendMs: 0, cache: undefined, n: undefined };
}

const usPerMs = 1000;

/** The text of the trailer `numstore-timing`, in whole microseconds. `cache` is there only for Facts. */
export function formatTiming(timing: Timing): string {
  const parts = {
    lock: timing.lockMs,
    queue: timing.queueMs,
    compute: timing.computeMs,
    store: timing.storeMs,
    send: timing.sendMs,
  };
  const fields = Object.entries(parts).map(([name, ms]) => `${name}=${Math.round(ms * usPerMs)}`);
  if (timing.cache !== undefined) fields.push(`cache=${timing.cache}`);
  return fields.join(';');
}

/** What `promise` settles with, unless `signal` is aborted first: then a rejection with its reason, at once. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
