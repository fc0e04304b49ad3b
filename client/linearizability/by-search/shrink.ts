import { isRead, isWrite, type Operation } from '../operation.ts';
import type { SearchResult } from './search.ts';

type Search = (operations: readonly Operation[]) => SearchResult;

/** A smaller offence is worth so many searches. */
const searchesMax = 60;

/**
 * Makes an offending history smaller by what cannot turn a correct history into an offending one: cutting it off at a
 * moment (what is under way then may or may not take effect), and leaving out reads.
 */
export function shrinkOffence(operations: readonly Operation[], search: Search): readonly Operation[] {
  const beginning = shortestBeginning(operations, search);
  return withoutReads(beginning, search);
}

/** By bisection over the moments at which an answer came: if a beginning offends, every longer one does. */
function shortestBeginning(operations: readonly Operation[], search: Search): readonly Operation[] {
  const ends = operations.filter(({ outcome }) => outcome === 'ok').map(({ end }) => end);
  ends.sort((a, b) => a - b);
  let offending = operations;
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const beginning = cutAt(operations, ends[middle] ?? 0);
    if (search(beginning).kind === 'none') {
      offending = beginning;
      high = middle;
    } else low = middle + 1;
  }
  return offending;
}

function cutAt(operations: readonly Operation[], time: number): Operation[] {
  return operations.flatMap((operation): Operation[] => {
    if (operation.start > time) return [];
    if (operation.end <= time) return [operation];
    return isWrite(operation.kind) ? [{ ...operation, outcome: 'unknown' }] : [];
  });
}

/** Leaves out ever smaller groups of reads (delta debugging: A. Zeller, IEEE Trans. Softw. Eng. 28, 2002). */
function withoutReads(operations: readonly Operation[], search: Search): readonly Operation[] {
  let offending = operations;
  let searches = 0;
  for (let size = offending.length; size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < offending.length; from += size) {
      const candidate = offending.filter((each, at) => at < from || at >= from + size || !canGo(each));
      if (candidate.length === offending.length) continue;
      if (++searches > searchesMax) return offending;
      if (search(candidate).kind === 'none') offending = candidate;
    }
  }
  return offending;
}

function canGo(operation: Operation): boolean {
  return operation.outcome === 'ok' && isRead(operation);
}
