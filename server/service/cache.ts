import { performance } from 'node:perf_hooks';
import { isSmall, type Reservation } from './memory-budget.ts';

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
  /** Evicts the least recently used large result without another holder; returns whether there was one. */
  evictIdle(): boolean;
  /** The memory that `evictIdle` can release in all. */
  readonly idleBytes: number;
  readonly size: number;
  readonly bytes: number;
  /** Results that went to make room for others. */
  readonly evictions: number;
  /** What is kept, the least recently used first; looking is no use of it. */
  slots(): readonly CacheSlot[];
}

/** A computed factorial. A worker hands its memory over, so that nothing is copied. */
export interface FactorialResult {
  readonly n: number;
  /** n! as an unsigned big-endian integer of minimal width (0! is the one byte 01). */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** SHA-256 of `bytes`. */
  readonly sha256: Uint8Array;
}

/**
 * An empty cache of at most 10 results, whose bytes together are at most `bytesMax`.
 *
 * Eviction policy: LRU. When there is one result too many, or too many bytes, the one that was used (computed or
 * hit) the longest time ago goes. Uses are numbered, and each result has the number of its latest: a hit, of which there
 * are many, writes a number, and an eviction looks for the smallest among ten.
 */
export function createCache({ bytesMax }: { readonly bytesMax: number }): Cache {
  return new LruCache(bytesMax);
}

class LruCache implements Cache {
  readonly #bytesMax: number;
  readonly #kept = new Map<number, Kept>();
  #bytes = 0;
  #evictions = 0;
  #uses = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get size(): number {
    return this.#kept.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get evictions(): number {
    return this.#evictions;
  }

  get(n: number): HeldResult | undefined {
    const entry = this.#kept.get(n);
    if (entry === undefined) return undefined;
    entry.hits += 1;
    entry.usedAs = ++this.#uses;
    return entry.result;
  }

  set(result: HeldResult): void {
    if (result.bytes.length > this.#bytesMax) return;
    const before = this.#kept.get(result.n);
    if (before !== undefined) this.#remove(before);
    result.memory.retain();
    this.#kept.set(result.n, { result, keptAt: performance.now(), hits: 0, usedAs: ++this.#uses });
    this.#bytes += result.bytes.length;
    while (this.#kept.size > cacheEntriesMax || this.#bytes > this.#bytesMax) this.#evict(() => true);
  }

  nearestBelow(n: number): HeldResult | undefined {
    let nearest: HeldResult | undefined;
    for (const { result } of this.#kept.values()) {
      if (result.n < n && result.n > (nearest?.n ?? -1)) nearest = result;
    }
    return nearest;
  }

  evictIdle(): boolean {
    return this.#evict(isIdle);
  }

  get idleBytes(): number {
    let bytes = 0;
    for (const { result } of this.#kept.values()) if (isIdle(result)) bytes += result.memory.bytes;
    return bytes;
  }

  slots(): readonly CacheSlot[] {
    const now = performance.now();
    return this.#leastRecentFirst().map(({ result: { n, bytes }, keptAt, hits }) => {
      return { n, bytes: bytes.length, ageMs: now - keptAt, hits };
    });
  }

  #leastRecentFirst(): readonly Kept[] {
    return [...this.#kept.values()].sort((a, b) => a.usedAs - b.usedAs);
  }

  /** Evicts the least recently used candidate; returns whether there was one. */
  #evict(isCandidate: (result: HeldResult) => boolean): boolean {
    for (const entry of this.#leastRecentFirst()) {
      if (!isCandidate(entry.result)) continue;
      this.#remove(entry);
      this.#evictions += 1;
      return true;
    }
    return false;
  }

  #remove({ result }: Kept): void {
    this.#kept.delete(result.n);
    this.#bytes -= result.bytes.length;
    result.memory.release();
  }
}

/** Whether evicting it releases memory for another result: it has no other holder, and is not small. */
function isIdle({ memory }: HeldResult): boolean {
  return memory.holders === 1 && !isSmall(memory.bytes);
}
