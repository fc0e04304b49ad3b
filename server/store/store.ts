import type { Caller } from '../caller.ts';
import type { Key } from '../key.ts';

/**
 * Where the numbers live. The laws, whatever the store:
 *
 * 1. `total` is the sum of all values, after every write, in the order in which the writes took effect.
 * 2. A write adjusts the total by (new - old); no call walks over the entries.
 * 3. A write that would take the total out of int64 changes nothing and throws OVERFLOW.
 * 4. A read sees every write that was acknowledged before it began.
 * 5. After `close` every call throws STOPPING; closing again is harmless.
 */
export interface Store {
  /**
   * Sets `key` to `value` (an int64) and answers the total after it.
   * @throws NumStoreError OVERFLOW, STOPPING
   */
  set(key: Key, value: bigint, caller: Caller): Promise<bigint>;

  /**
   * Reads the value of `key` and hands it, or `undefined`, to `then` inside the lock: what `then` decides about
   * the cache is decided on the value as it was read. Resolves with what `then` returns.
   * @throws NumStoreError STOPPING, and whatever `then` throws
   */
  read<T>(key: Key, then: ReadSection<T>, caller: Caller): Promise<T>;

  /** Idempotent. */
  close(): Promise<void>;
}

/** Synchronous: it runs inside the lock. */
export type ReadSection<T> = (value: bigint | undefined) => T extends PromiseLike<unknown> ? never : T;
