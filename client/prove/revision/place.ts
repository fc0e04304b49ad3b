import { describeOperation } from '../describe.ts';
import type { History } from '../history.ts';
import type { Operation } from '../operation.ts';
import { couldSee } from '../reads.ts';
import type { Findings } from '../verdict.ts';
import { createCeilings } from './ceilings.ts';
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
      const place = findPlace({ history, order, versions }, at, [floor.position, ceiling(history.end(at))]);
      if (place !== undefined) placed[at] = place;
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

/** A DeleteNum of a missing key answers the total, so it saw that, too. */
function hasTotal(
  { kind, total }: Operation,
  history: History,
  { writes }: Order,
  position: number,
): boolean {
  if (kind !== 'deleteNum') return true;
  const at = writes[position - 1];
  return at === undefined || history.at(at).total === total;
}

function blameRead(
  history: History,
  { unknownWrites }: Order,
  findings: Findings,
  [by, at]: readonly [number, number],
): void {
  const sentence = `${describeOperation(history.at(at))} is nothing that could be seen between its start and its end`;
  // it may have seen what a write without an answer left: that is read anew at rest, not guessed
  if (unknownWrites > 0) findings.doubt(`${sentence}, but ${unknownWrites} writes have no answer`);
  else findings.violate(sentence, by < 0 ? [at] : [by, at]);
}
