import type { FactorialResult } from '../factorial/result.ts';

/** One computation under way, and how many callers wait for it. */
export class Flight {
  readonly n: number;
  readonly result: Promise<FactorialResult>;
  waiters = 1;
  readonly #abandoned = new AbortController();

  constructor(n: number, compute: (flight: Flight) => Promise<FactorialResult>) {
    this.n = n;
    this.result = compute(this);
    // Each waiter sees a rejection for itself; where nobody waits, nobody needs it.
    this.result.catch(() => undefined);
  }

  /** Aborted when nobody waits any more. */
  get signal(): AbortSignal {
    return this.#abandoned.signal;
  }

  abandon(): void {
    this.#abandoned.abort();
  }
}

/**
 * The computations under way, by number, so that concurrent Facts of one n compute it once. Every access happens
 * inside the lock.
 */
export interface Flights {
  /** Joins the flight of `n`, which `compute` begins if there is none. `leads` tells which of both it was. */
  join(n: number, compute: (flight: Flight) => Promise<FactorialResult>): { flight: Flight; leads: boolean };
  /** Takes a waiter away; the last one abandons the flight, and whoever comes next starts a new one. */
  leave(flight: Flight): void;
  /** Takes a flight out whose result is known. */
  land(flight: Flight): void;
  readonly size: number;
}

/** An empty table. */
export function createFlights(): Flights {
  const flights = new Map<number, Flight>();

  const land = (flight: Flight): void => {
    // An abandoned flight may have been followed by a new one of the same number: that one stays.
    if (flights.get(flight.n) === flight) flights.delete(flight.n);
  };

  return {
    join(n, compute) {
      const current = flights.get(n);
      if (current !== undefined) {
        current.waiters += 1;
        return { flight: current, leads: false };
      }
      const flight = new Flight(n, compute);
      flights.set(n, flight);
      return { flight, leads: true };
    },
    leave(flight) {
      flight.waiters -= 1;
      if (flight.waiters > 0) return;
      land(flight);
      flight.abandon();
    },
    land,
    get size() {
      return flights.size;
    },
  };
}
