import { describeOperation } from '../describe.ts';
import type { History } from '../history.ts';
import { isWrite } from '../operation.ts';
import { isRead } from '../reads.ts';
import type { Findings } from '../verdict.ts';

/** The operations of a history, sorted out. A write has a position from 1 on; position 0 is before all of them. */
export interface Order {
  /** the writes by revision: `writes[p - 1]` has position p */
  readonly writes: Uint32Array;
  /** the position of each operation; 0 for what is no write */
  readonly positions: Uint32Array;
  /** answered operations that only looked */
  readonly isRead: Uint8Array;
  /** how many writes may or may not have taken effect */
  readonly unknownWrites: number;
}

/** Puts the writes into the order that the server told. */
export function orderWrites(history: History, findings: Findings): Order {
  const writes: number[] = [];
  const reads = new Uint8Array(history.length);
  let unknownWrites = 0;
  for (let at = 0; at < history.length; at++) {
    const operation = history.at(at);
    if (operation.outcome === 'unknown' && isWrite(operation.kind)) unknownWrites++;
    if (operation.outcome !== 'ok') continue;
    if (isRead(operation)) reads[at] = 1;
    else if (operation.revision > 0) writes.push(at);
    else findings.doubt(`no revision was told for ${describeOperation(operation)}`);
  }
  const sorted = Uint32Array.from(writes).sort((a, b) => history.revision(a) - history.revision(b));
  const positions = new Uint32Array(history.length);
  for (const [index, at] of sorted.entries()) positions[at] = index + 1;
  return { writes: sorted, positions, isRead: reads, unknownWrites };
}
