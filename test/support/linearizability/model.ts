import { factMax, factorials } from '../../../client/linearizability/factorials.ts';
import type { NewOperation } from '../../../client/linearizability/operation.ts';

/** What a call answers beside the times. */
export type Answer = Pick<NewOperation, 'value' | 'total' | 'found' | 'revision'>;

/** A correct store, with ways in for the faults that are planted. */
export interface Model {
  readonly total: bigint;
  get(key: number): bigint | undefined;
  set(key: number, value: bigint): Answer;
  add(key: number, delta: bigint): Answer;
  delete(key: number): Answer;
  read(kind: 'getNum' | 'fact', held: bigint | undefined): Answer;
}

/** @param foreign what the keys of others add up to */
export function createModel(foreign: bigint): Model {
  const values = new Map<number, bigint>();
  let total = foreign;
  let revision = 0;
  const put = (key: number, value: bigint): void => {
    total += value - (values.get(key) ?? 0n);
    values.set(key, value);
    revision++;
  };
  return {
    get total() {
      return total;
    },
    get: (key) => values.get(key),
    set: (key, value) => {
      put(key, value);
      return { total, revision };
    },
    add: (key, delta) => {
      const value = (values.get(key) ?? 0n) + delta;
      put(key, value);
      return { value, total, revision };
    },
    delete: (key) => {
      if (!values.has(key)) return { total, found: false };
      put(key, 0n);
      values.delete(key);
      return { total, found: true, revision };
    },
    read: (kind, held) => {
      if (kind === 'getNum') return { value: held ?? 0n, found: held !== undefined };
      const factorial = held === undefined || held > factMax ? undefined : factorials[Number(held)];
      return { value: factorial ?? 0n, found: factorial !== undefined };
    },
  };
}
