import { type ErrorCode, NumStoreError } from '../../server/domain/errors.ts';
import type { Key } from '../../server/domain/key.ts';
import type { Store } from '../../server/store/store.ts';
import { patient } from './store-caller.ts';

const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;

/** One call to a store; `number` is the value of a set and the delta of an add. */
export interface Operation {
  readonly kind: 'set' | 'add' | 'delete' | 'get' | 'stats';
  readonly key: Key;
  readonly number: bigint;
}

/** What a call answered, or the code that it was refused with. */
export interface Answer {
  readonly refused?: ErrorCode;
  readonly value?: bigint | undefined;
  readonly total?: bigint;
  readonly deleted?: boolean;
  readonly keys?: number;
  readonly revision?: bigint | undefined;
}

/** The naive store: entries as BigInts, and the total summed anew each time. */
export interface Model {
  readonly entries: ReadonlyMap<Key, bigint>;
  readonly revision: bigint;
}

export const emptyModel: Model = { entries: new Map(), revision: 0n };

/** What the model answers, and what it is afterwards. */
export function step(model: Model, operation: Operation): { answer: Answer; model: Model } {
  const { kind, key, number } = operation;
  const before = model.entries.get(key);
  const total = sum(model.entries);
  switch (kind) {
    case 'get':
      return { answer: { value: before }, model };
    case 'stats':
      return { answer: { keys: model.entries.size, total, revision: model.revision }, model };
    case 'delete':
      if (before === undefined) return { answer: { deleted: false, total, revision: undefined }, model };
      return change(model, key, undefined, { deleted: true });
    case 'set':
      return change(model, key, number, {});
    case 'add': {
      const value = (before ?? 0n) + number;
      return isInt64(value) ? change(model, key, value, { value }) : refuse(model);
    }
  }
}

function change(model: Model, key: Key, after: bigint | undefined, answer: Answer): ReturnType<typeof step> {
  const entries = new Map(model.entries);
  if (after === undefined) entries.delete(key);
  else entries.set(key, after);
  const total = sum(entries);
  if (!isInt64(total)) return refuse(model);
  const revision = model.revision + 1n;
  return { answer: { ...answer, total, revision }, model: { entries, revision } };
}

function refuse(model: Model): ReturnType<typeof step> {
  return { answer: { refused: 'OVERFLOW' }, model };
}

/** The same call to a real store; faults other than a refusal are thrown. */
export async function ask(store: Store, { kind, key, number }: Operation): Promise<Answer> {
  try {
    switch (kind) {
      case 'get':
        return { value: await store.read(key, (value) => value, patient) };
      case 'stats':
        return await store.stats(patient);
      case 'delete':
        return await store.delete(key, patient);
      case 'set':
        return await store.set(key, number, patient);
      case 'add':
        return await store.add(key, number, patient);
    }
  } catch (error) {
    if (error instanceof NumStoreError && error.code === 'OVERFLOW') return { refused: error.code };
    throw error;
  }
}

/** Whether two answers are the same; absent and undefined are. */
export function isSame(a: Answer, b: Answer): boolean {
  const names = ['refused', 'value', 'total', 'deleted', 'keys', 'revision'] as const;
  return names.every((name) => a[name] === b[name]);
}

function sum(entries: ReadonlyMap<Key, bigint>): bigint {
  let total = 0n;
  for (const value of entries.values()) total += value;
  return total;
}

function isInt64(value: bigint): boolean {
  return value >= int64Min && value <= int64Max;
}
