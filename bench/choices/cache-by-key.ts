import type { Key } from '../../server/domain/key.ts';
import { type Cache, cacheEntriesMax, type HeldResult } from '../../server/service/cache.ts';
import type { Store } from '../../server/store/store.ts';
import { storeWith } from '../../test/support/store-with.ts';

/**
 * The mistake of a cache by key: the result that a key had once is found again after the key has
 * got another value. It takes a store that says which key is read, for the service asks the cache
 * by number.
 */
export function createCacheByKey(store: Store): { readonly store: Store; readonly cache: Cache } {
  const cache = new CacheByKey();
  const reading = storeWith(store, {
    read: (key, then, caller) =>
      store.read(
        key,
        (value) => {
          cache.reading = key;
          return then(value);
        },
        caller,
      ),
  });
  return { store: reading, cache };
}

/** As the product's cache in all else: ten results, the least recently used goes first. */
class CacheByKey implements Cache {
  /** The key whose number the service looks up now. */
  reading: Key | undefined;
  evictions = 0;
  /** The least recently used first. */
  readonly #kept = new Map<Key, HeldResult>();
  /** Keys whose results are being computed, by number. */
  readonly #asked = new Map<number, Set<Key>>();

  get(n: number): HeldResult | undefined {
    const key = this.reading;
    if (key === undefined) return undefined;
    const result = this.#kept.get(key);
    if (result === undefined) {
      this.#asked.set(n, (this.#asked.get(n) ?? new Set()).add(key));
      return undefined;
    }
    this.#kept.delete(key);
    this.#kept.set(key, result);
    return result;
  }

  set(result: HeldResult): void {
    for (const key of this.#asked.get(result.n) ?? []) this.#keep(key, result);
    this.#asked.delete(result.n);
  }

  nearestBelow(n: number): HeldResult | undefined {
    const below = [...this.#kept.values()].filter((result) => result.n < n);
    return below.toSorted((a, b) => b.n - a.n)[0];
  }

  evictIdle(): boolean {
    return this.#evict(isIdle);
  }

  get idleBytes(): number {
    return [...this.#kept.values()].filter(isIdle).reduce((sum, { memory }) => sum + memory.bytes, 0);
  }

  get size(): number {
    return this.#kept.size;
  }

  get bytes(): number {
    return [...this.#kept.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  slots(): readonly [] {
    return [];
  }

  #keep(key: Key, result: HeldResult): void {
    this.#kept.get(key)?.memory.release();
    this.#kept.delete(key);
    result.memory.retain();
    this.#kept.set(key, result);
    if (this.#kept.size > cacheEntriesMax) this.#evict(() => true);
  }

  #evict(isCandidate: (result: HeldResult) => boolean): boolean {
    const entry = [...this.#kept].find(([, result]) => isCandidate(result));
    if (entry === undefined) return false;
    const [key, result] = entry;
    this.#kept.delete(key);
    result.memory.release();
    this.evictions += 1;
    return true;
  }
}

function isIdle({ memory }: HeldResult): boolean {
  return memory.holders === 1;
}
