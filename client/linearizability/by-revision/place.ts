import type { History } from '../history.ts';
import { couldSee, describeOperation, type Operation } from '../operation.ts';
import type { Findings } from '../verdict.ts';
import type { Order } from './order.ts';
import type { Versions } from './versions.ts';

/**
 * Checks that the order of revisions agrees with the clock, and gives every read a place in it.
 *
 * Operations are visited by their start. What ended before an operation started lies before it, so `floor`, the
 * highest position among these, bounds its own from below; each read takes the lowest position that fits, which
 * leaves the most room to those after it, so that greed finds an assignment whenever there is one.
 */
export function placeOperations(
  history: History,
  order: Order,
  versions: Versions,
  findings: Findings,
): void {
  const placed = order.positions.slice();
  const ceiling = createCeilings(history, order);
  const visited = answered(history, order);
  const byStart = visited.toSorted((a, b) => history.start(a) - history.start(b));
  const byEnd = visited.sort((a, b) => history.end(a) - history.end(b));
  let ended = 0;
  let floor = { position: 0, by: -1 };
  for (const at of byStart) {
    for (let next = byEnd[ended]; next !== undefined && history.end(next) < history.start(at); ) {
      const position = placed[next] ?? 0;
      if (position > floor.position) floor = { position, by: next };
      next = byEnd[++ended];
    }
    if (order.isRead[at] === 1) {
      const range = [floor.position, ceiling(history.end(at))] as const;
      const scene = { history, order, versions };
      const places = [findPlace(scene, at, range), findPlaceInGap(scene, at, range)];
      const place = Math.min(...places.map((each) => each ?? Number.POSITIVE_INFINITY));
      if (Number.isFinite(place)) placed[at] = place;
      else blameRead(history, order, findings, [floor.by, at]);
    } else if ((placed[at] ?? 0) <= floor.position) {
      const sentence = `${describeOperation(history.at(at))} began after the end of what comes later by revision`;
      findings.violate(sentence, [floor.by, at]);
    }
  }
}

function answered(history: History, { positions, isRead }: Order): Uint32Array {
  const taken: number[] = [];
  for (let at = 0; at < history.length; at++) if (isRead[at] === 1 || positions[at] !== 0) taken.push(at);
  return Uint32Array.from(taken);
}

interface Scene {
  readonly history: History;
  readonly order: Order;
  readonly versions: Versions;
}

/** The lowest position from `low` to `high` at which this read could see what it answered. */
function findPlace(
  { history, order, versions }: Scene,
  at: number,
  [low, high]: readonly [number, number],
): number | undefined {
  const read = history.at(at);
  for (let version = versions.at(read.key, low); ; version++) {
    const first = Math.max(low, versions.position(read.key, version));
    if (first > high) return undefined;
    if (!couldSee(read, versions.held(read.key, version))) continue;
    const last = Math.min(high, versions.position(read.key, version + 1) - 1);
    for (let position = first; position <= last; position++) {
      if (hasTotal(read, history, order, position)) return position;
    }
  }
}

/** The lowest gap in which a write without an answer may have left what this read saw, until the key was written again. */
function findPlaceInGap(
  { history, order, versions }: Scene,
  at: number,
  [low, high]: readonly [number, number],
): number | undefined {
  const read = history.at(at);
  const lost = order.lost.get(read.key) ?? [];
  const isSeen = lost.some(({ kind, argument, start }) => {
    if (start > read.end) return false;
    return kind === 'addNum' || couldSee(read, kind === 'deleteNum' ? 'absent' : argument);
  });
  if (!isSeen) return undefined;
  for (const gap of order.gaps) {
    const last = versions.position(read.key, versions.at(read.key, gap) + 1) - 1;
    const place = Math.max(low, gap);
    if (place <= Math.min(high, last)) return place;
  }
  return undefined;
}

/** A DeleteNum of a missing key answers the total, so it saw that, too; in a gap that could be any. */
function hasTotal(
  { kind, total }: Operation,
  history: History,
  { writes, gaps, lostWrites }: Order,
  position: number,
): boolean {
  if (kind !== 'deleteNum') return true;
  const at = writes[position - 1];
  if (at === undefined || history.at(at).total === total) return true;
  return lostWrites > 0 && gaps.includes(position);
}

function blameRead(
  history: History,
  { isExplained }: Order,
  findings: Findings,
  [by, at]: readonly [number, number],
): void {
  const sentence = `${describeOperation(history.at(at))} is nothing that could be seen between its start and its end`;
  if (isExplained) findings.violate(sentence, by < 0 ? [at] : [by, at]);
  else findings.doubt(`${sentence}, unless somebody else writes`);
}

/** The last position that something can have which ended at this time: no write that began later lies before it. */
function createCeilings(history: History, { writes }: Order): (end: number) => number {
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
