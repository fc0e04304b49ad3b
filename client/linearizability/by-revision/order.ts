import type { History } from '../history.ts';
import { describeOperation, isRead, isWrite, type Operation } from '../operation.ts';
import type { Findings } from '../verdict.ts';

/** The operations of a history, sorted out. A write has a position from 1 on; position 0 is before all of them. */
export interface Order {
  /** the writes by revision: `writes[p - 1]` has position p */
  readonly writes: Uint32Array;
  /** the position of each operation; 0 for what is no write */
  readonly positions: Uint32Array;
  /** answered operations that only looked */
  readonly isRead: Uint8Array;
  /** the writes that may or may not have taken effect, by their key */
  readonly lost: ReadonlyMap<number, readonly Operation[]>;
  /** how many these are */
  readonly lostWrites: number;
  /** the positions after which revisions are missing; what comes after the last write is not known, so that is one */
  readonly gaps: readonly number[];
  /** whether there are enough writes without an answer to account for every missing revision */
  readonly isExplained: boolean;
}

/** Puts the writes into the order that the server told. */
export function orderWrites(history: History, findings: Findings): Order {
  const writes: number[] = [];
  const reads = new Uint8Array(history.length);
  const lost = new Map<number, Operation[]>();
  let lostWrites = 0;
  for (let at = 0; at < history.length; at++) {
    const operation = history.at(at);
    if (operation.outcome === 'unknown' && isWrite(operation.kind)) {
      lostWrites++;
      const others = lost.get(operation.key);
      if (others === undefined) lost.set(operation.key, [operation]);
      else others.push(operation);
    }
    if (operation.outcome !== 'ok') continue;
    if (isRead(operation)) reads[at] = 1;
    else if (operation.revision > 0) writes.push(at);
    else findings.doubt(`no revision was told for ${describeOperation(operation)}`);
  }
  const sorted = Uint32Array.from(writes).sort((a, b) => history.revision(a) - history.revision(b));
  const positions = new Uint32Array(history.length);
  for (const [index, at] of sorted.entries()) positions[at] = index + 1;
  const { gaps, missing } = findGaps(history, sorted);
  const isExplained = missing <= lostWrites;
  return { writes: sorted, positions, isRead: reads, lost, lostWrites, gaps, isExplained };
}

function findGaps(history: History, writes: Uint32Array): { gaps: readonly number[]; missing: number } {
  const gaps: number[] = [];
  let missing = 0;
  for (let index = 1; index < writes.length; index++) {
    const between = history.revision(writes[index] ?? 0) - history.revision(writes[index - 1] ?? 0) - 1;
    if (between <= 0) continue;
    gaps.push(index);
    missing += between;
  }
  return { gaps: [...gaps, writes.length], missing };
}
