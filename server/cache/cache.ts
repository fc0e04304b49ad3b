import type { FactorialResult } from '../factorial/result.ts';
import type { Reservation } from './result-memory.ts';

/** Results that the exercise allows to be kept. */
const entriesMax = 10;

/** A result with the memory that it takes. */
export interface HeldResult extends FactorialResult {
  readonly memory: Reservation;
}

/** The factorials computed last, by number. Every access happens inside the lock. */
export interface Cache {
  /** The result for `n`, which becomes the most recently used; `undefined` if it is not kept. */
  get(n: number): HeldResult | undefined;
  /** Keeps `result` as the most recently used, unless it is larger than all that the cache may hold. */
  set(result: HeldResult): void;
  /** The kept result with the largest number below `n`; looking is no use of it. */
  nearestBelow(n: number): HeldResult | undefined;
  /** Evicts the least recently used result that nobody else holds; answers whether there was one. */
  evictIdle(): boolean;
  readonly size: number;
  readonly bytes: number;
  /** Results that went to make room for others. */
  readonly evictions: number;
}

/**
 * An empty cache of at most 10 results, whose bytes together are at most `bytesMax`.
 *
 * Eviction policy: LRU. When there is one result too many, or too many bytes, the one that was used (computed or
 * hit) the longest time ago goes. A Map keeps its keys in the order of insertion, so "used" means: taken out and
 * inserted anew, and the first key is always the least recently used.
 */
export function createCache({ bytesMax }: { readonly bytesMax: number }): Cache {
  const results = new Map<number, HeldResult>();
  let bytes = 0;
  let evictions = 0;

  const remove = (result: HeldResult): void => {
    results.delete(result.n);
    bytes -= result.bytes.length;
    result.memory.release();
  };

  const evictLeastRecent = (isCandidate: (result: HeldResult) => boolean): boolean => {
    for (const result of results.values()) {
      if (!isCandidate(result)) continue;
      remove(result);
      evictions += 1;
      return true;
    }
    return false;
  };

  return {
    get(n) {
      const result = results.get(n);
      if (result === undefined) return undefined;
      results.delete(n);
      results.set(n, result);
      return result;
    },
    set(result) {
      if (result.bytes.length > bytesMax) return;
      const before = results.get(result.n);
      if (before !== undefined) remove(before);
      result.memory.hold();
      results.set(result.n, result);
      bytes += result.bytes.length;
      while (results.size > entriesMax || bytes > bytesMax) evictLeastRecent(() => true);
    },
    nearestBelow(n) {
      let nearest: HeldResult | undefined;
      for (const result of results.values()) {
        if (result.n < n && result.n > (nearest?.n ?? -1)) nearest = result;
      }
      return nearest;
    },
    evictIdle: () => evictLeastRecent(({ memory }) => memory.holders === 1),
    get size() {
      return results.size;
    },
    get bytes() {
      return bytes;
    },
    get evictions() {
      return evictions;
    },
  };
}
