/** What a cache does with a result that it has no room for. */
export type Policy = 'lru' | 'fifo' | 'random';

/** A cache of numbers, as a correct server of the exercise has it. */
export interface NumberCache {
  /** Whether it holds n; that is a use. */
  has(n: number): boolean;
  /** Keeps n, at the cost of another when there is no room. */
  add(n: number): void;
}

/** @param below an integer from 0 to its argument - 1, drawn at random */
export function createNumberCache(size: number, policy: Policy, below: (end: number) => number): NumberCache {
  let numbers: number[] = [];
  return {
    has: (n) => {
      const isThere = numbers.includes(n);
      if (isThere && policy === 'lru') numbers = [...numbers.filter((each) => each !== n), n];
      return isThere;
    },
    add: (n) => {
      if (numbers.includes(n)) return;
      if (numbers.length === size) numbers.splice(policy === 'random' ? below(size) : 0, 1);
      numbers.push(n);
    },
  };
}
