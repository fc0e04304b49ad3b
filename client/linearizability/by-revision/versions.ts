import type { History } from '../history.ts';
import type { Held, Operation } from '../operation.ts';
import type { Order } from './order.ts';

/** What each key held at each position of the order. */
export interface Versions {
  /** the number of the version that `key` had at this position, found by bisection; -1 before its first write */
  at(key: number, position: number): number;
  /** what the key held then */
  held(key: number, version: number): Held;
  /** the first position that has this version; Infinity when there is none */
  position(key: number, version: number): number;
}

/** @param beginning what every key held before its first write */
export function createVersions(history: History, { writes }: Order, beginning: Held): Versions {
  const byKey = new Map<number, number[]>();
  for (const [index, at] of writes.entries()) {
    const key = history.key(at);
    const positions = byKey.get(key);
    if (positions === undefined) byKey.set(key, [index + 1]);
    else positions.push(index + 1);
  }
  const positionOf = (key: number, version: number): number =>
    version < 0 ? 0 : (byKey.get(key)?.[version] ?? Number.POSITIVE_INFINITY);
  return {
    at: (key, position) => lastNotAbove(byKey.get(key) ?? [], position),
    position: positionOf,
    held: (key, version) => {
      const at = version < 0 ? undefined : writes[positionOf(key, version) - 1];
      return at === undefined ? beginning : heldAfter(history.at(at));
    },
  };
}

/** What a key holds after this answered write. */
export function heldAfter({ kind, argument, value }: Operation): Held {
  if (kind === 'deleteNum') return 'absent';
  return kind === 'setNum' ? argument : value;
}

/** The index of the last element that is not above `limit`, or -1; the elements ascend. */
function lastNotAbove(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
