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
