import type { Stats } from '../../generated/numstore.ts';
import type { ExactFactorial } from './exact-factorial.ts';
import type { CallOptions, ExactOptions, ListOptions } from './options.ts';

/** The answer to `fact`: a factorial, or the sentence that says why there is none (such as a missing key). */
export type FactReply =
  | { readonly kind: 'value'; readonly value: bigint; readonly hit: boolean }
  | { readonly kind: 'error'; readonly error: string };

/** A key and the number stored under it. */
export interface Entry {
  readonly key: string;
  readonly value: bigint;
}

/** What `addNum` has made of it. */
export interface Added {
  /** of the key */
  readonly value: bigint;
  /** the sum of all values */
  readonly total: bigint;
}

/** What `deleteNum` has made of it. */
export interface Deleted {
  /** whether the key existed */
  readonly deleted: boolean;
  /** the sum of all values */
  readonly total: bigint;
}

/**
 * A connection to one NumStore, or to several among which the calls go round. Every call has a
 * deadline, unless the caller sets none, and every fault is a `NumStoreClientError`: INVALID_OPTION before anything
 * is sent where an option is unknown or not of its form. What changes nothing is tried again while the server is
 * UNAVAILABLE; a write is not, since only the caller knows whether it may happen twice.
 */
export interface NumStoreTypedClient extends AsyncDisposable {
  /**
   * Sets `key` to `value`.
   *
   * @returns the sum of all values once that has happened
   * @throws NumStoreClientError INVALID_KEY or INVALID_VALUE before anything is sent, else a status name
   */
  setNum(key: string, value: bigint, options?: CallOptions): Promise<bigint>;
  /**
   * The factorial of the number stored under `key`.
   *
   * @throws NumStoreClientError INVALID_KEY before anything is sent, else a status name
   */
  fact(key: string, options?: CallOptions): Promise<FactReply>;
  /**
   * The factorial of the number stored under `key`, exactly, whatever its size.
   *
   * @throws NumStoreClientError INVALID_KEY before anything is sent; NOT_FOUND for a missing key, FAILED_PRECONDITION
   *   for a negative number, OUT_OF_RANGE for one above the server's limit; CORRUPT when what arrived is not what
   *   was sent; else a status name
   */
  factExact(key: string, options?: ExactOptions): Promise<ExactFactorial>;
  /**
   * The number stored under `key`; undefined when there is none.
   *
   * @throws NumStoreClientError INVALID_KEY before anything is sent, else a status name
   */
  getNum(key: string, options?: CallOptions): Promise<bigint | undefined>;
  /**
   * Adds `delta` to the number stored under `key`, in one step; a missing key counts as 0.
   *
   * @throws NumStoreClientError INVALID_KEY or INVALID_VALUE before anything is sent; OUT_OF_RANGE, with nothing
   *   changed, when the value or the total would leave int64; else a status name
   */
  addNum(key: string, delta: bigint, options?: CallOptions): Promise<Added>;
  /**
   * Deletes `key`, if it exists.
   *
   * @throws NumStoreClientError INVALID_KEY before anything is sent; OUT_OF_RANGE, with nothing changed, when the
   *   total would leave int64; else a status name
   */
  deleteNum(key: string, options?: CallOptions): Promise<Deleted>;
  /**
   * The entries in the order of the UTF-8 bytes of their keys, to be iterated once. The call begins with the
   * iteration, and is cancelled when the loop is left; a reader that stops holds the server. Iterating throws
   * NumStoreClientError INVALID_KEY or INVALID_VALUE before anything is sent, else a status name.
   */
  listNums(options?: ListOptions): AsyncIterable<Entry>;
  /**
   * How much there is and what has happened since the server started; of several servers, one's.
   *
   * @throws NumStoreClientError a status name
   */
  stats(options?: CallOptions): Promise<Stats>;
  /**
   * Refuses new calls with CLOSED, lets those in flight end, then closes the connections. Idempotent. A call without
   * a deadline holds it up until that call ends or is aborted.
   */
  close(): Promise<void>;
}
