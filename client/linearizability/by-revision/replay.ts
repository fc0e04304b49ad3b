import type { History } from '../history.ts';
import type { Operation } from '../operation.ts';
import type { Held } from '../reads.ts';
import type { Findings } from '../verdict.ts';
import type { Order } from './order.ts';
import { afterLost, type Possible } from './possible.ts';

/** What is known of the state before the first recorded write. */
export interface Beginning {
  /** what every key of the history held */
  readonly held: 'absent' | 'unknown';
  /** the sum of all values, those of foreign keys included; undefined: learnt from the first write */
  readonly total?: bigint | undefined;
  /** whether nobody else writes to this server: then a revision without a write is a violation @default false */
  readonly isAlone?: boolean | undefined;
}

/** Replays the writes in their order; the arithmetic of each must follow from those before it. */
export function replayWrites(
  history: History,
  { writes, lost, lostWrites, isExplained }: Order,
  findings: Findings,
  { held, total, isAlone = false }: Beginning,
): void {
  const keys = new Map<number, KeyState>();
  let state: TotalState = { total, at: undefined, revision: undefined };
  let gaps = 0;
  for (const at of writes) {
    const operation = history.at(at);
    if (state.revision === operation.revision) {
      findings.violate(`two writes were told the revision ${operation.revision}`, witness(state.at, at));
    }
    if (isGap(state.revision, operation.revision)) {
      if (isAlone && lostWrites === 0) {
        const sentence = `no write was told a revision between ${state.revision} and ${operation.revision}: was one applied twice?`;
        findings.violate(sentence, witness(state.at, at));
      }
      // the total is learnt anew; what our own writes without an answer may have left is known, others' is not
      state = { ...state, total: undefined };
      if (isExplained) considerLost(keys, lost, operation.end);
      else gaps++;
    }
    const key = keys.get(operation.key);
    const fault = explain(operation, key?.possible ?? [held], state.total);
    if (fault !== undefined) {
      if (gaps === (key?.gaps ?? 0)) findings.violate(fault, witness(key?.at, state.at, at));
      else findings.doubt(doubtOfGap(operation.revision, lostWrites));
    }
    keys.set(operation.key, { possible: [heldAfter(operation)], at, gaps });
    state = { total: operation.total, at, revision: operation.revision };
  }
  if (!isExplained && !isAlone) findings.doubt(doubtOfGap(state.revision ?? 0, lostWrites));
}

interface KeyState {
  readonly possible: Possible;
  readonly at: number;
  /** how many gaps of others there had been */
  readonly gaps: number;
}

interface TotalState {
  readonly total: bigint | undefined;
  readonly at: number | undefined;
  readonly revision: number | undefined;
}

/** In a gap, any write without an answer that began before `end` may have taken effect. */
function considerLost(keys: Map<number, KeyState>, lost: Order['lost'], end: number): void {
  for (const [key, operations] of lost) {
    const state = keys.get(key);
    if (state === undefined) continue;
    const begun = operations.filter(({ start }) => start <= end);
    if (begun.length > 0) keys.set(key, { ...state, possible: afterLost(state.possible, begun) });
  }
}

function isGap(previous: number | undefined, revision: number): boolean {
  return previous !== undefined && revision > previous + 1;
}

function doubtOfGap(revision: number, lostWrites: number): string {
  return `revisions before ${revision} belong to no recorded answer (${lostWrites} answers were lost; does somebody else write?)`;
}

/** What a key holds after this answered write. */
export function heldAfter({ kind, argument, value }: Operation): Held {
  if (kind === 'deleteNum') return 'absent';
  return kind === 'setNum' ? argument : value;
}

/** Why this write cannot follow any state that is possible, or undefined if it can. */
function explain(operation: Operation, possible: Possible, total: bigint | undefined): string | undefined {
  let first: string | undefined;
  for (const before of possible) {
    const fault = explainAfter(operation, before, total);
    if (fault === undefined) return undefined;
    first ??= fault;
  }
  return first;
}

function explainAfter(operation: Operation, before: Held, total: bigint | undefined): string | undefined {
  const { kind, argument, value } = operation;
  const old = before === 'absent' ? 0n : before;
  if (kind === 'deleteNum' && before === 'absent') return 'a key was deleted that was not there';
  if (kind === 'addNum' && old !== 'unknown' && value !== old + argument)
    return `the value should be ${old} + ${argument} = ${old + argument}, but is ${value}`;
  if (total === undefined) return undefined;
  const change = changeOf(operation, old);
  if (change === undefined || operation.total === total + change) return undefined;
  return `the total should be ${total} + ${change} = ${total + change}, but is ${operation.total}`;
}

function changeOf({ kind, argument }: Operation, old: bigint | 'unknown'): bigint | undefined {
  if (kind === 'addNum') return argument;
  if (old === 'unknown') return undefined;
  return kind === 'setNum' ? argument - old : -old;
}

function witness(...operations: readonly (number | undefined)[]): number[] {
  return [...new Set(operations)].filter((at) => at !== undefined);
}
