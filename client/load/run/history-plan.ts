/** What a thread of the load has to know to record what it sends and gets. */
export interface HistoryPlan {
  /** where the record's clock begins on `process.hrtime`, which is one clock for all threads */
  readonly originNs: bigint;
  /**
   * whether an order has to be searched, since the server tells none: then numbers are chosen that make answers unlike
   * each other, see `isWide`
   */
  readonly isSearched: boolean;
}

/** A run records at most so many calls: about 300 bytes each until it is judged. */
export const operationsMax = 2_000_000;
/** Where an order has to be searched: some seconds, unless it is ambiguous. */
export const searchedOperationsMax = 100_000;
/** Each key is set before the run and read after it. */
export const keysMax = 100_000;

/**
 * Where an order is searched, every other key holds large numbers, so that hardly two writes could answer the same total,
 * and is never asked for a factorial; the rest hold 0 .. 20.
 */
export function isWide(key: number): boolean {
  return key % 2 === 1;
}

/** A number for this key, drawn at random. */
export function drawFor(key: number, below: (bound: number) => number): bigint {
  return isWide(key) ? drawWide(below) : BigInt(below(narrowMax + 1));
}

/** The greatest number that has a factorial in an int64. */
const narrowMax = 20;
/** Numbers that an int64 holds the sum of, whatever the number of keys; drawn as this part and one below 2^32. */
const wideParts = 2 ** 10;

function drawWide(below: (bound: number) => number): bigint {
  return BigInt(below(wideParts)) * 2n ** 32n + BigInt(below(2 ** 32)) - 2n ** 41n;
}
