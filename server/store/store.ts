import type { Caller } from '../domain/caller.ts';
import type { Key } from '../domain/key.ts';
import type { Lock } from '../domain/lock.ts';
import type { Log } from '../domain/log.ts';

/**
 * Where the numbers live. The laws, whatever the store:
 *
 *  1. `total` is the sum of all values, after every write, in the order in which the writes took effect.
 *  2. A write adjusts the total by (new - old); no write walks over the entries.
 *  3. A write that would take its value or the total out of int64 changes nothing and throws OVERFLOW. A delete
 *     can do that too.
 *  4. Writes that took effect are numbered 1, 2, 3, ... in that order; the number is the `revision`, and it lasts
 *     as long as what it numbers. Refused writes and deletes of missing keys have none.
 *  5. An answer is acknowledged only when the writes that it depends on are as durable as this store makes them:
 *     that holds for refusals and for deletes of missing keys as well.
 *  6. A read sees every write that was acknowledged before it began, and nothing that could still be undone.
 *  7. STORE_UNAVAILABLE, STORE_FULL and STOPPING mean: not applied. OUTCOME_UNKNOWN means: perhaps applied. The
 *     store never repeats a write by itself.
 *  8. A write that would add a key beyond `keysMax` of them changes nothing and throws STORE_FULL; keys that are there
 *     are overwritten and deleted as ever, however many they are.
 *  9. After `close` every call throws STOPPING; what was begun before is finished. Closing again is harmless.
 */
export interface Store {
  /**
   * Sets `key` to `value`, an int64.
   * @throws NumStoreError OVERFLOW, STORE_FULL and the faults of law 7
   */
  set(key: Key, value: bigint, caller: Caller): Promise<Written>;

  /**
   * Adds `delta`, an int64, to the value of `key`; a missing key counts as 0.
   * @throws NumStoreError OVERFLOW, STORE_FULL and the faults of law 7
   */
  add(key: Key, delta: bigint, caller: Caller): Promise<Added>;

  /**
   * Takes `key` out; a missing key is no error.
   * @throws NumStoreError OVERFLOW and the faults of law 7
   */
  delete(key: Key, caller: Caller): Promise<Deleted>;

  /**
   * Reads the value of `key` and hands it, or `undefined`, to `then` inside the lock: what `then` decides about
   * the cache is decided on the value as it was read. Resolves with what `then` returns.
   * @throws NumStoreError STORE_UNAVAILABLE, STORE_CORRUPT, STOPPING, and whatever `then` throws
   */
  read<T>(key: Key, then: ReadSection<T>, caller: Caller): Promise<T>;

  /**
   * The entries that `query` asks for, in the order of the UTF-8 bytes of their keys, in pages of a few hundred.
   * Each page is one moment of the store; writes may come between pages. So a key that exists throughout is listed
   * exactly once, with a value that it had during the listing; a key that comes or goes meanwhile may be missing.
   * Asking for the first page begins it; the event loop turns between pages.
   * @throws NumStoreError STORE_UNAVAILABLE, STORE_CORRUPT, STOPPING, and the reason of the caller's signal
   */
  list(query: ListQuery, caller: Caller): AsyncIterable<readonly Entry[]>;

  /**
   * How much there is, all of one moment.
   * @throws NumStoreError STORE_UNAVAILABLE, STORE_CORRUPT, STOPPING
   */
  stats(caller: Caller): Promise<StoreStats>;

  readonly status: StoreStatus;

  /** Finishes what was begun, then lets go of files and connections. Idempotent. */
  close(): Promise<void>;
}

/** Synchronous: it runs inside the lock. */
export type ReadSection<T> = (value: bigint | undefined) => T extends PromiseLike<unknown> ? never : T;

export interface Written {
  readonly total: bigint;
  readonly revision: bigint;
}

export interface Added extends Written {
  readonly value: bigint;
}

export interface Deleted {
  readonly deleted: boolean;
  readonly total: bigint;
  /** Only of a delete that deleted. */
  readonly revision: bigint | undefined;
}

export interface Entry {
  readonly key: Key;
  readonly value: bigint;
}

export interface ListQuery {
  /** Only keys that begin with it; well-formed Unicode. */
  readonly prefix: string;
  /** Only keys after it, in byte order; `undefined` begins with the first. */
  readonly startAfter: string | undefined;
  /** At most so many; 0 is no limit. */
  readonly limit: bigint;
}

export interface StoreStats {
  readonly keys: number;
  readonly total: bigint;
  /** Of the last write. */
  readonly revision: bigint;
}

/**
 * `serving`; `away` while it cannot be reached, from which it comes back by itself; `failed` when it has stopped
 * for good and the process should end with a non-zero exit code.
 */
export type StoreStatus = 'serving' | 'away' | 'failed';

/** What every store is opened with. */
export interface StoreOptions {
  /** Guards the values of a store of this process, and every `then` of `read`. */
  readonly lock: Lock;
  /**
   * Keys that it may hold; a store that holds more already takes no new ones.
   * @default as many as there is room for
   */
  readonly keysMax?: number;
  /** Called at each change of `status`, with its cause, and while the store is away with each new cause. */
  readonly onStatus?: (status: StoreStatus, cause: unknown) => void;
  /** Takes what an operator should know beside that. @default nothing is logged */
  readonly log?: Log;
  /** Called when the store is found to have forgotten writes that it has acknowledged. */
  readonly onLoss?: (loss: StoreLoss) => void;
}

/** Revisions: the writes above `found`, up to `acknowledged`, are lost, and their numbers are given again. */
export interface StoreLoss {
  readonly acknowledged: bigint;
  readonly found: bigint;
}
