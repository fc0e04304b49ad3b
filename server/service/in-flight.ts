import type { Computed } from '../pool/job.ts';
import type { HeldResult } from './cache.ts';
import type { Reservation } from './memory-budget.ts';

/** What a flight brings: the result, held once for each caller on board, and how long it took. */
export interface Landed {
  readonly result: HeldResult;
  readonly computed: Computed;
}

/** One computation under way, and how many callers wait for it. */
export class Flight {
  readonly n: number;
  /** The memory that its result will take. */
  readonly memory: Reservation;
  readonly landed: Promise<Landed>;
  waiters = 1;
  #result: HeldResult | undefined;
  readonly #abandoned = new AbortController();

  constructor(n: number, memory: Reservation, compute: (flight: Flight) => Promise<Landed>) {
    this.n = n;
    this.memory = memory;
    this.landed = compute(this);
    // Each waiter sees a rejection for itself; where nobody waits, nobody needs it.
    this.landed.catch(() => undefined);
  }

  /** Aborted when nobody waits any more. */
  get signal(): AbortSignal {
    return this.#abandoned.signal;
  }

  /** Gives each waiter a hold on the result, and its own back. */
  land(result: HeldResult): void {
    this.#result = result;
    result.memory.hold(this.waiters);
    result.memory.release();
  }

  /** Ends without a result. */
  fail(): void {
    this.memory.release();
  }

  /** One waiter less: what it held of the result is let go, and a flight that nobody waits for is abandoned. */
  disembark(): void {
    this.waiters -= 1;
    if (this.#result !== undefined) this.#result.memory.release();
    else if (this.waiters === 0) this.#abandoned.abort();
  }
}

/**
 * The computations under way, by number, so that concurrent Facts of one n compute it once. Every access happens
 * inside the lock.
 */
export interface Flights {
  /** The flight of `n` that is under way. */
  get(n: number): Flight | undefined;
  add(flight: Flight): void;
  /** Takes a flight out: it has ended, or nobody waits for it, so that whoever comes next starts a new one. */
  remove(flight: Flight): void;
  readonly size: number;
}

/** An empty table. */
export function createFlights(): Flights {
  const flights = new Map<number, Flight>();
  return {
    get: (n) => flights.get(n),
    add: (flight) => flights.set(flight.n, flight),
    remove(flight) {
      // An abandoned flight may have been followed by a new one of the same number: that one stays.
      if (flights.get(flight.n) === flight) flights.delete(flight.n);
    },
    get size() {
      return flights.size;
    },
  };
}
