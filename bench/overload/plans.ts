import type { CallOrder } from './calls.ts';
import type { FactorialOrder } from './factorials.ts';
import type { CallName } from './lane.ts';

type Order = CallOrder | FactorialOrder;
type Span = Pick<Order, 'seconds' | 'skipSeconds'>;

/** How a server is loaded, in three steps. */
export interface Plan {
  readonly load: Order['kind'];
  /** As fast as it answers; `asked` factorials have been asked for before. */
  full(port: number, asked: number, span: Span): Order;
  /** So little that no call waits for another. */
  unloaded(port: number, asked: number, span: Span, capacity: number): Order;
  /** At `rate` per second, whatever happens. */
  overloaded(port: number, asked: number, span: Span, rate: number): Order;
}

/** Takes some fifty milliseconds of a worker; there are more numbers below it than can be asked for. */
const n = 200_000;
/** As many as there are workers. */
const workers = 4;
/** More than the server's queue holds. */
const factorialsMax = 400;

const factorials: Plan = {
  load: 'FactExact',
  full: (port, asked, span) => factorial(port, asked, span, workers, undefined),
  unloaded: (port, asked, span) => factorial(port, asked, span, 1, undefined),
  overloaded: (port, asked, span, rate) => factorial(port, asked, span, factorialsMax, rate),
};

function factorial(
  port: number,
  asked: number,
  span: Span,
  inFlight: number,
  rate: number | undefined,
): FactorialOrder {
  return { kind: 'FactExact', port, n: n - asked, inFlight, rate, ...span };
}

const connections = 8;
/** Just below what the server allows. */
const inFlightMax = 500;
const unloadedShare = 0.05;

/** @param inFlight calls on each connection that keep the server busy, and not waiting */
function calls(kind: CallName, inFlight: number): Plan {
  const order = (port: number, span: Span, inFlight: number, rate: number): CallOrder => ({
    kind,
    port,
    connections,
    inFlight,
    rate,
    ...span,
  });
  return {
    load: kind,
    full: (port, _asked, span) => order(port, span, inFlight, Number.MAX_SAFE_INTEGER),
    unloaded: (port, _asked, span, capacity) => order(port, span, inFlightMax, unloadedShare * capacity),
    overloaded: (port, _asked, span, rate) => order(port, span, inFlightMax, rate),
  };
}

export const plans: readonly Plan[] = [factorials, calls('ListNums', 4), calls('SetNum', 32)];
