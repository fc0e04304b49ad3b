import type { History } from '../history.ts';
import type { Order } from './order.ts';

/** The last position that something can have which ended at this time: no write that began later lies before it. */
export function createCeilings(history: History, { writes }: Order): (end: number) => number {
  const byStart = writes.slice().sort((a, b) => history.start(a) - history.start(b));
  const positions = new Uint32Array(history.length);
  for (const [index, at] of writes.entries()) positions[at] = index + 1;
  // lowest[i]: the lowest position among byStart[i] and all after it
  const lowest = new Float64Array(byStart.length + 1).fill(writes.length + 1);
  for (let index = byStart.length - 1; index >= 0; index--) {
    const position = positions[byStart[index] ?? 0] ?? 0;
    lowest[index] = Math.min(lowest[index + 1] ?? 0, position);
  }
  return (end) => (lowest[firstAfter(history, byStart, end)] ?? 0) - 1;
}

/** The index of the first write that starts after this time. */
function firstAfter(history: History, byStart: Uint32Array, time: number): number {
  let low = 0;
  let high = byStart.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (history.start(byStart[middle] ?? 0) > time) high = middle;
    else low = middle + 1;
  }
  return low;
}
