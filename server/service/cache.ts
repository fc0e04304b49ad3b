import { performance } from 'node:perf_hooks';
import type { Reservation } from './memory-budget.ts';

/** Results that the exercise allows to be kept. */
export const cacheEntriesMax = 10;

/** A result with the memory that it takes. */
export interface HeldResult extends FactorialResult {
  readonly memory: Reservation;
}

/** One of the places of the cache that is taken. */
export interface CacheSlot {
  readonly n: number;
  readonly bytes: number;
  /** How long it has been kept, in milliseconds. */
  readonly ageMs: number;
  /** How often it was found. */
  readonly hits: number;
}

/** A result in its place. */
interface Kept {
  readonly result: HeldResult;
  readonly keptAt: number;
  hits: number;
  /** The number of its latest use, of all uses of the cache. */
  usedAs: number;
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
  /** What is kept, the least recently used first; looking is no use of it. */
  slots(): readonly CacheSlot[];
}

/**
 * An empty cache of at most 10 results, whose bytes together are at most `bytesMax`.
 *
 * Eviction policy: LRU. When there is one result too many, or too many bytes, the one that was used (computed or
 * hit) the longest time ago goes. Uses are numbered, and each result has the number of its latest: a hit, of which there
 * are many, writes a number, and an eviction looks for the smallest among ten.
 */
export function createCache({ bytesMax }: { readonly bytesMax: number }): Cache {
  const kept = new Map<number, Kept>();
  let bytes = 0;
  let evictions = 0;
  let uses = 0;

  const leastRecentFirst = (): readonly Kept[] => [...kept.values()].sort((a, b) => a.usedAs - b.usedAs);

  const remove = ({ result }: Kept): void => {
    kept.delete(result.n);
    bytes -= result.bytes.length;
    result.memory.release();
  };

  const evictLeastRecent = (isCandidate: (result: HeldResult) => boolean): boolean => {
    for (const entry of leastRecentFirst()) {
      if (!isCandidate(entry.result)) continue;
      remove(entry);
      evictions += 1;
      return true;
    }
    return false;
  };

  return {
    get(n) {
      const entry = kept.get(n);
      if (entry === undefined) return undefined;
      entry.hits += 1;
      entry.usedAs = ++uses;
      return entry.result;
    },
    set(result) {
      if (result.bytes.length > bytesMax) return;
      const before = kept.get(result.n);
      if (before !== undefined) remove(before);
      result.memory.hold();
      kept.set(result.n, { result, keptAt: performance.now(), hits: 0, usedAs: ++uses });
      bytes += result.bytes.length;
      while (kept.size > cacheEntriesMax || bytes > bytesMax) evictLeastRecent(() => true);
    },
    nearestBelow(n) {
      let nearest: HeldResult | undefined;
      for (const { result } of kept.values()) {
        if (result.n < n && result.n > (nearest?.n ?? -1)) nearest = result;
      }
      return nearest;
    },
    evictIdle: () => evictLeastRecent(({ memory }) => memory.holders === 1),
    get size() {
      return kept.size;
    },
    get bytes() {
      return bytes;
    },
    get evictions() {
      return evictions;
    },
    slots() {
      const now = performance.now();
      return leastRecentFirst().map(({ result: { n, bytes }, keptAt, hits }) => {
        return { n, bytes: bytes.length, ageMs: now - keptAt, hits };
      });
    },
  };
}

/** A computed factorial, in memory that all threads share, so that handing it over copies nothing. */
export interface FactorialResult {
  readonly n: number;
  /** n! as an unsigned big-endian integer of minimal width (0! is the one byte 01). */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  /** SHA-256 of `bytes`. */
  readonly sha256: Uint8Array;
}
