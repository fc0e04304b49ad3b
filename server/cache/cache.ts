import type { FactorialResult } from '../factorial/result.ts';

/** Results that the exercise allows to be kept. */
const entriesMax = 10;

/** The factorials computed last, by number. Every access happens inside the lock. */
export interface Cache {
  /** The result for `n`, which becomes the most recently used; `undefined` if it is not kept. */
  get(n: number): FactorialResult | undefined;
  /** Keeps `result` as the most recently used. */
  set(result: FactorialResult): void;
  readonly size: number;
}

/**
 * An empty cache of at most 10 results.
 *
 * Eviction policy: LRU. When an eleventh result comes, the one that was used (computed or hit) the longest time
 * ago goes. A Map keeps its keys in the order of insertion, so "used" means: taken out and inserted anew, and the
 * first key is always the least recently used.
 */
export function createCache(): Cache {
  const results = new Map<number, FactorialResult>();

  const use = (result: FactorialResult): void => {
    results.delete(result.n);
    results.set(result.n, result);
  };

  return {
    get(n) {
      const result = results.get(n);
      if (result !== undefined) use(result);
      return result;
    },
    set(result) {
      use(result);
      for (const leastRecent of results.keys()) {
        if (results.size <= entriesMax) break;
        results.delete(leastRecent);
      }
    },
    get size() {
      return results.size;
    },
  };
}
