/**
 * Short tasks that no worker is idle for. They are on offer in memory that all threads share, and the first worker
 * that looks claims one: a message would wait until its worker has ended the large task that it computes.
 */

/** Tasks on offer at once. A worker looks at all of them each half a millisecond: that takes less than a microsecond. */
export const cellCount = 64;

/**
 * A cell is empty, has a task on offer (its n plus one), or one that is claimed (the number of its worker, from one on,
 * with a minus sign). Workers turn offers into claims, the pool does all else.
 */
const empty = 0;

/** A task that a worker has claimed. */
export interface Claim {
  readonly cell: number;
  readonly n: number;
}

/** The memory of an empty set of offers. */
export function createOffers(): SharedArrayBuffer {
  return new SharedArrayBuffer(cellCount * Int32Array.BYTES_PER_ELEMENT);
}

/** One thread's view of the offers. */
export class Offers {
  readonly #cells: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#cells = new Int32Array(memory);
  }

  /** Offers `n` to all workers, in a cell that is empty. */
  place(cell: number, n: number): void {
    Atomics.store(this.#cells, cell, n + 1);
  }

  /** Takes back the offer of `n`; returns whether no worker has claimed it. */
  withdraw(cell: number, n: number): boolean {
    return Atomics.compareExchange(this.#cells, cell, n + 1, empty) === n + 1;
  }

  /** Whether a worker has claimed what the cell had on offer. */
  isClaimed(cell: number): boolean {
    return Atomics.load(this.#cells, cell) < empty;
  }

  /** Empties the cell of a claim that has ended. */
  clear(cell: number): void {
    Atomics.store(this.#cells, cell, empty);
  }

  /** The cells that `worker` has claimed. */
  claimedBy(worker: number): number[] {
    return [...this.#cells.keys()].filter((cell) => Atomics.load(this.#cells, cell) === -1 - worker);
  }

  /** Claims the shortest task on offer for `worker`. */
  claim(worker: number): Claim | undefined {
    for (;;) {
      const cell = this.#shortest();
      if (cell === undefined) return undefined;
      const value = Atomics.load(this.#cells, cell);
      if (value <= empty) continue;
      if (Atomics.compareExchange(this.#cells, cell, value, -1 - worker) === value) {
        return { cell, n: value - 1 };
      }
    }
  }

  #shortest(): number | undefined {
    let shortest: number | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (let cell = 0; cell < cellCount; cell++) {
      const value = Atomics.load(this.#cells, cell);
      if (value <= empty || value >= least) continue;
      least = value;
      shortest = cell;
    }
    return shortest;
  }
}
