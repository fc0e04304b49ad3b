import type { History } from '../history.ts';
import { isWrite, type Operation } from '../operation.ts';

/**
 * The calls and returns that are not explained yet, by time, in a doubly linked list from which an operation is lifted
 * when it is explained and into which it is put back (the "dancing links" of D. Knuth, arXiv:cs/0011047).
 */
export interface Events {
  /** the first event; `end` when there is none */
  first(): number;
  /** the event after this one; `end` when there is none */
  after(event: number): number;
  /** the operation that this event calls; undefined for a return and for the end */
  called(event: number): number | undefined;
  lift(operation: number): void;
  /** Puts back what was lifted last. */
  putBack(operation: number): void;
}

/** The operations that an order has to explain, and those it may use: a read without an answer says nothing. */
export function relevantOperations(history: History): Operation[] {
  const taken: Operation[] = [];
  for (let at = 0; at < history.length; at++) {
    const operation = history.at(at);
    if (operation.outcome === 'ok' || (operation.outcome === 'unknown' && isWrite(operation.kind)))
      taken.push(operation);
  }
  return taken;
}

/** Event i is the call of operation i, event n + i its return; event 2n is the end, and before the first, too. */
export function createEvents(operations: readonly Operation[]): Events {
  const count = operations.length;
  const end = 2 * count;
  const next = new Uint32Array(end + 1).fill(end);
  const previous = new Uint32Array(end + 1).fill(end);
  let last = end;
  for (const event of sortEvents(operations)) {
    next[last] = event;
    previous[event] = last;
    last = event;
  }
  previous[end] = last;

  const unlink = (event: number): void => {
    const [before, after] = [previous[event] ?? end, next[event] ?? end];
    next[before] = after;
    previous[after] = before;
  };
  const link = (event: number): void => {
    next[previous[event] ?? end] = event;
    previous[next[event] ?? end] = event;
  };
  const returns = (operation: number): boolean => operations[operation]?.outcome === 'ok';
  return {
    first: () => next[end] ?? end,
    after: (event) => next[event] ?? end,
    called: (event) => (event < count ? event : undefined),
    lift: (operation) => {
      unlink(operation);
      if (returns(operation)) unlink(count + operation);
    },
    putBack: (operation) => {
      if (returns(operation)) link(count + operation);
      link(operation);
    },
  };
}

/** By time; at one time calls come first, since operations that touch in a moment overlap. Lost answers never return. */
function sortEvents(operations: readonly Operation[]): number[] {
  const count = operations.length;
  const timeOf = (event: number): number =>
    event < count ? (operations[event]?.start ?? 0) : (operations[event - count]?.end ?? 0);
  const events = operations.flatMap(({ outcome }, at) => (outcome === 'ok' ? [at, count + at] : [at]));
  return events.sort((a, b) => timeOf(a) - timeOf(b) || a - b);
}
