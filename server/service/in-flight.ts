import type { Computed } from '../pool/job.ts';
import type { HeldResult } from './cache.ts';
import type { Reservation } from './memory-budget.ts';

/** The result of a computation, retained for each caller that waits, and how long it took. */
export interface Completed {
  readonly result: HeldResult;
  readonly computed: Computed;
}

/** One computation under way, and how many callers wait for it. */
export class Computation {
  readonly n: number;
  /** The memory that its result will take. */
  readonly memory: Reservation;
  readonly completed: Promise<Completed>;
  waiters = 1;
  #result: HeldResult | undefined;
  readonly #cancelled = new AbortController();

  constructor(n: number, memory: Reservation, compute: (computation: Computation) => Promise<Completed>) {
    this.n = n;
    this.memory = memory;
    this.completed = compute(this);
    // Each waiter sees a rejection for itself; where nobody waits, nobody needs it.
    this.completed.catch(() => undefined);
  }

  /** Aborted when nobody waits any more. */
  get signal(): AbortSignal {
    return this.#cancelled.signal;
  }

  /** Gives each waiter a hold on the result, and its own back. */
  complete(result: HeldResult): void {
    this.#result = result;
    result.memory.retain(this.waiters);
    result.memory.release();
  }

  /** Ends without a result. */
  fail(): void {
    this.memory.release();
  }

  /** One caller leaves, which releases its result. The last one cancels the computation. */
  leave(): void {
    this.waiters -= 1;
    if (this.#result !== undefined) this.#result.memory.release();
    else if (this.waiters === 0) this.#cancelled.abort();
  }
}

/**
 * The computations under way, by number, so that concurrent Facts of one n compute it once. Every access happens
 * inside the lock.
 */
export interface InFlight {
  /** The computation of `n` that is under way. */
  get(n: number): Computation | undefined;
  add(computation: Computation): void;
  /** Takes out a computation that has ended or was cancelled: the next caller starts a new one. */
  remove(computation: Computation): void;
  readonly size: number;
}

/** An empty table. */
export function createInFlight(): InFlight {
  const computations = new Map<number, Computation>();
  return {
    get: (n) => computations.get(n),
    add: (computation) => computations.set(computation.n, computation),
    remove(computation) {
      // A cancelled computation may have been followed by a new one of the same number, which stays.
      if (computations.get(computation.n) === computation) computations.delete(computation.n);
    },
    get size() {
      return computations.size;
    },
  };
}
