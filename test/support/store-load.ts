import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { checkByRevision } from '../../client/linearizability/by-revision/check.ts';
import { History } from '../../client/linearizability/history.ts';
import type { NewOperation } from '../../client/linearizability/operation.ts';
import { NumStoreError } from '../../server/domain/errors.ts';
import { parseKey } from '../../server/domain/key.ts';
import type { Store } from '../../server/store/store.ts';
import { patient } from './store-caller.ts';
import { until } from './until.ts';

/** Writers and readers on stores that share their numbers, and what each was answered. */
export interface StoreLoad {
  /** In the order in which they ended. */
  readonly operations: readonly NewOperation[];
  /** Codes of the calls that failed. */
  readonly failures: readonly string[];
  readonly answered: () => number;
  /** No call begins until `resume`; resolves when those under way have ended. */
  hold(): Promise<void>;
  resume(): void;
  stop(): Promise<void>;
}

const keyCount = 20;

/** Lets `workers` call each of `stores` until `stop`. */
export function startLoad(stores: readonly Store[], workers = 4): StoreLoad {
  const operations: NewOperation[] = [];
  const failures: string[] = [];
  let isOver = false;
  let underWay = 0;
  let held: { readonly over: Promise<void>; readonly resume: () => void } | undefined;
  let number = 0n;

  const call = async (store: Store): Promise<void> => {
    const key = Math.floor(Math.random() * keyCount);
    const name = parseKey(`key-${key}`);
    number += 1_000_003n;
    const argument = number;
    const start = performance.now();
    const isWrite = Math.random() < 0.7;
    const kind = isWrite ? 'setNum' : 'getNum';
    const answer = { kind, key, argument: isWrite ? argument : 0n, start } as const;
    try {
      if (isWrite) {
        const { total, revision } = await store.set(name, argument, patient);
        const end = performance.now();
        operations.push({ ...answer, end, outcome: 'ok', total, revision: Number(revision) });
      } else {
        const value = await store.read(name, (found) => found, patient);
        const end = performance.now();
        operations.push({ ...answer, end, outcome: 'ok', found: value !== undefined, value: value ?? 0n });
      }
    } catch (error) {
      const code = error instanceof NumStoreError ? error.code : String(error);
      failures.push(code);
      const isUnknown = code === 'OUTCOME_UNKNOWN';
      // A write of unknown outcome may still take effect.
      const end = isUnknown ? Number.POSITIVE_INFINITY : performance.now();
      operations.push({ ...answer, end, outcome: isUnknown ? 'unknown' : 'refused' });
      await delay(5);
    }
  };
  const work = async (store: Store): Promise<void> => {
    while (!isOver) {
      await held?.over;
      underWay += 1;
      await call(store);
      underWay -= 1;
    }
  };
  const working = Promise.all(stores.flatMap((store) => Array.from({ length: workers }, () => work(store))));
  return {
    operations,
    failures,
    answered: () => operations.filter(({ outcome }) => outcome === 'ok').length,
    async hold() {
      let resume = (): void => undefined;
      const over = new Promise<void>((resolve) => {
        resume = resolve;
      });
      held = { over, resume };
      await until(() => underWay === 0, 'what was under way has ended');
    },
    resume() {
      held?.resume();
      held = undefined;
    },
    async stop() {
      isOver = true;
      await working;
    },
  };
}

/** Every answer follows from one order of the writes. */
export function assertExplained(operations: readonly NewOperation[]): void {
  const history = new History();
  for (const operation of operations) history.add(operation);
  const verdict = checkByRevision(history, { held: 'absent', total: 0n, isAlone: true });
  assert.deepEqual(verdict, { kind: 'valid' });
}
