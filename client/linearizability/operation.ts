import { factMax, rootOf } from './factorials.ts';

/** The calls that a history may hold, in the order of their codes. */
export const operationKinds = ['setNum', 'addNum', 'deleteNum', 'getNum', 'fact'] as const;
export type OperationKind = (typeof operationKinds)[number];

/**
 * What is known of the end of a call: it has its reply; it was refused, so it surely changed nothing; or nobody knows
 * whether it took effect (a lost reply, a deadline), now or later.
 */
export const outcomes = ['ok', 'refused', 'unknown'] as const;
type Outcome = (typeof outcomes)[number];

/** One call and its reply. Times are of one clock for all threads, such as `process.hrtime`; their unit is free. */
export interface Operation {
  readonly kind: OperationKind;
  /** the number that the history gave the key */
  readonly key: number;
  /** what was sent: the value of SetNum, the delta of AddNum */
  readonly argument: bigint;
  readonly outcome: Outcome;
  readonly start: number;
  readonly end: number;
  /** what was answered: the value of AddNum and GetNum, the factorial of Fact */
  readonly value: bigint;
  /** what was answered: the total of the three writes */
  readonly total: bigint;
  /** `found` of GetNum, `deleted` of DeleteNum; for Fact, whether it answered a factorial and no error */
  readonly found: boolean;
  /** `hit` of Fact */
  readonly hit: boolean;
  /** the revision of a write; 0 where the server told none */
  readonly revision: number;
}

/** An operation as it is recorded: what does not apply is left out. */
export type NewOperation = Pick<Operation, 'kind' | 'key' | 'start' | 'end' | 'outcome'> & Partial<Operation>;

export function isWrite(kind: OperationKind): boolean {
  return kind === 'setNum' || kind === 'addNum' || kind === 'deleteNum';
}

/** What a key holds: a number, nothing, or what nobody told us. */
export type Held = bigint | 'absent' | 'unknown';

/**
 * Whether an answered GetNum, Fact, or DeleteNum that deleted nothing could have seen `held`. A Fact that answered an
 * error saw a missing key or a number that has no factorial in an int64: which one, its sentence does not tell us.
 */
export function couldSee({ kind, value, found }: Operation, held: Held): boolean {
  if (held === 'unknown') return true;
  if (kind === 'fact') return found ? isFactorialOf(value, held) : hasNoFactorial(held);
  return found ? held === value : held === 'absent';
}

function isFactorialOf(factorial: bigint, held: bigint | 'absent'): boolean {
  if (held === 'absent') return false;
  const root = rootOf(factorial);
  return root !== undefined && (BigInt(root) === held || (root === 1 && held === 0n));
}

function hasNoFactorial(held: bigint | 'absent'): boolean {
  return held === 'absent' || held < 0n || held > factMax;
}

/** Whether this answered operation only looked: a DeleteNum that deleted nothing did. */
export function isRead({ kind, found }: Operation): boolean {
  return kind === 'getNum' || kind === 'fact' || (kind === 'deleteNum' && !found);
}

/** Whether this is the answer of a Fact that answered a factorial. */
export function isFactorialAnswer({ kind, outcome, found }: Operation): boolean {
  return kind === 'fact' && outcome === 'ok' && found;
}

/** What a person wants to see of keys and times. */
export interface Naming {
  /** the key as it was sent; `k7` where it is not given */
  readonly key?: (key: number) => string;
}

/** `SetNum k7=5 -> total 12 (revision 3)`. */
export function describeOperation(operation: Operation, { key = (id) => `k${id}` }: Naming = {}): string {
  const call = describeCall(operation, key(operation.key));
  const revision = operation.revision > 0 ? ` (revision ${operation.revision})` : '';
  return `${call} -> ${describeAnswer(operation)}${revision}`;
}

function describeCall({ kind, argument }: Operation, key: string): string {
  switch (kind) {
    case 'setNum':
      return `SetNum ${key}=${argument}`;
    case 'addNum':
      return `AddNum ${key}+=${argument}`;
    case 'deleteNum':
      return `DeleteNum ${key}`;
    case 'getNum':
      return `GetNum ${key}`;
    case 'fact':
      return `Fact ${key}`;
  }
}

function describeAnswer({ kind, outcome, value, total, found, hit }: Operation): string {
  if (outcome !== 'ok') return outcome;
  switch (kind) {
    case 'setNum':
      return `total ${total}`;
    case 'addNum':
      return `value ${value}, total ${total}`;
    case 'deleteNum':
      return `${found ? 'deleted' : 'not there'}, total ${total}`;
    case 'getNum':
      return found ? `${value}` : 'not there';
    case 'fact':
      return found ? `${value}, ${hit ? 'hit' : 'miss'}` : 'error';
  }
}
