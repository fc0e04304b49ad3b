import type { History } from '../history.ts';
import type { Held, Operation } from '../operation.ts';
import { createFindings, type Findings, type Verdict } from '../verdict.ts';
import { type Order, orderWrites } from './order.ts';
import { placeOperations } from './place.ts';
import { createVersions, heldAfter } from './versions.ts';

/**
 * Judges a history whose writes tell their revision: the order is known, so that it takes O(n log n). Each write must
 * follow by arithmetic from the one before it, the order must agree with the clock, and each read must lie between
 * two revisions. (That a history with a known order of writes is decided in this way is folklore; see P. B. Gibbons
 * and E. Korach, "Testing Shared Memories", SIAM J. Comput. 26, 1997, on why the unknown order is what makes it hard.)
 */
export function checkByRevision(history: History, beginning: Beginning = { held: 'unknown' }): Verdict {
  const findings = createFindings();
  const order = orderWrites(history, findings);
  replayWrites(history, order, findings, beginning);
  placeOperations(history, order, createVersions(history, order, beginning.held), findings);
  return findings.verdict();
}

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
function replayWrites(
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
      findings.violate(`two writes were told the revision ${operation.revision}`, evidence(state.at, at));
    }
    if (isGap(state.revision, operation.revision)) {
      if (isAlone && lostWrites === 0) {
        const sentence = `no write was told a revision between ${state.revision} and ${operation.revision}: was one applied twice?`;
        findings.violate(sentence, evidence(state.at, at));
      }
      // the total is learnt anew; what our own writes without an answer may have left is known, others' is not
      state = { ...state, total: undefined };
      if (isExplained) considerLost(keys, lost, operation.end);
      else gaps++;
    }
    const key = keys.get(operation.key);
    const fault = explain(operation, key?.possible ?? [held], state.total);
    if (fault !== undefined) {
      if (gaps === (key?.gaps ?? 0)) findings.violate(fault, evidence(key?.at, state.at, at));
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

function evidence(...operations: readonly (number | undefined)[]): number[] {
  return [...new Set(operations)].filter((at) => at !== undefined);
}

/** What a key may hold: one thing, unless writes on it have no answer. */
type Possible = readonly Held[];

/** Keys with more possibilities than this are taken as unknown, which excludes nothing. */
const possibleMax = 64;

/** What a key may hold after each of these writes without an answer has taken effect or not, in whatever order. */
function afterLost(before: Possible, lost: readonly Operation[]): Possible {
  // sums of any of them on top of any of the rest: not worth telling apart
  if (lost.some(({ kind }) => kind === 'addNum')) return ['unknown'];
  const after = new Set(before);
  for (const { kind, argument } of lost) after.add(kind === 'deleteNum' ? 'absent' : argument);
  return after.has('unknown') || after.size > possibleMax ? ['unknown'] : [...after];
}
