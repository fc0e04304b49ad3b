import { setImmediate as nextTurn } from 'node:timers/promises';
import { Mutex } from 'async-mutex';
import { cached, compute, correct, factWith, type Rules, refuse } from './memory.ts';

/** A server with one rule broken, and the line of the check that has to say so. */
export interface Fault {
  readonly name: string;
  readonly line: string;
  readonly rules: Rules;
  /** more keys than the short check needs, where the fault shows only then */
  readonly keys?: number;
}

const never = new Promise<never>(() => undefined);

/** Servers seen in public solutions of the exercise, among others. */
export const faults: readonly Fault[] = [
  {
    name: 'the cache is keyed by the key and never invalidated',
    line: 'stale',
    rules: { ...correct, fact: (state, key) => factWith(state, key, { entry: () => key }) },
  },
  {
    name: 'the cache is keyed by the key and invalidated only when the value grows',
    line: 'stale',
    rules: {
      setNum: (state, key, value) => {
        if (value > (state.values.get(key) ?? 0n)) state.cache.delete(key);
        return correct.setNum(state, key, value);
      },
      fact: (state, key) => factWith(state, key, { entry: () => key }),
    },
  },
  {
    name: 'the cache is keyed by the key and invalidated by each SetNum',
    line: 'by-number',
    rules: {
      setNum: (state, key, value) => {
        state.cache.delete(key);
        return correct.setNum(state, key, value);
      },
      fact: (state, key) => factWith(state, key, { entry: () => key }),
    },
  },
  {
    name: 'hit is always true',
    line: 'hit',
    rules: { ...correct, fact: async (state, key) => ({ ...(await correct.fact(state, key)), hit: true }) },
  },
  {
    name: 'the cache has 2 places',
    line: 'cache-room',
    rules: { ...correct, fact: (state, key) => factWith(state, key, { size: 2 }) },
  },
  {
    name: 'the cache has 11 places',
    line: 'cache-max',
    rules: { ...correct, fact: (state, key) => factWith(state, key, { size: 11 }) },
  },
  {
    name: 'missing keys enter the cache',
    line: 'missing-cache',
    rules: {
      ...correct,
      fact: (state, key) =>
        state.values.has(key)
          ? correct.fact(state, key)
          : { ...cached(state, `missing ${key}`, { produce: () => refuse('no such key') }), hit: false },
    },
  },
  {
    name: 'an exception leaves the lock behind, so that nothing is answered any more',
    line: 'alive-negative',
    rules: {
      setNum: (state, key, value) => (isLocked(state) ? never : correct.setNum(state, key, value)),
      fact: (state, key) => {
        if (isLocked(state)) return never;
        if ((state.values.get(key) ?? 0n) >= 0n) return correct.fact(state, key);
        state.values.set('locked', 1n);
        throw new Error('factorial() not defined for negative values');
      },
    },
  },
  {
    name: 'the lock is held while a factorial is computed',
    line: 'lock',
    rules: lockedWhileComputing(),
  },
  {
    name: 'SetNum sums all values anew',
    line: 'difference',
    keys: 600,
    rules: {
      ...correct,
      setNum: (state, key, value) => {
        state.values.set(key, value);
        state.total = Object.values(Object.fromEntries(state.values)).reduce((sum, each) => sum + each, 0n);
        return BigInt.asIntN(64, state.total);
      },
    },
  },
  {
    name: 'no lock: two SetNum at once lose one of them',
    line: 'concurrent',
    rules: {
      ...correct,
      setNum: async (state, key, value) => {
        const total = state.total + value - (state.values.get(key) ?? 0n);
        await nextTurn();
        state.values.set(key, value);
        state.total = total;
        return BigInt.asIntN(64, total);
      },
    },
  },
  {
    name: '0 is taken for a missing key',
    line: 'zero',
    rules: {
      ...correct,
      fact: (state, key) => (state.values.get(key) === 0n ? refuse('no such key') : correct.fact(state, key)),
    },
  },
  {
    name: '21! wraps around',
    line: 'too-large',
    rules: {
      ...correct,
      fact: (state, key) => {
        const n = state.values.get(key) ?? 0n;
        return n === 21n ? { ...compute(20n), value: -4249290049419214848n } : correct.fact(state, key);
      },
    },
  },
];

function isLocked(state: { readonly values: ReadonlyMap<string, bigint> }): boolean {
  return state.values.has('locked');
}

/** Large numbers are multiplied out under the lock before it turns out that they do not fit, as Python's server does. */
function lockedWhileComputing(): Rules {
  const mutex = new Mutex();
  return {
    setNum: (state, key, value) => mutex.runExclusive(() => correct.setNum(state, key, value)),
    fact: (state, key) =>
      mutex.runExclusive(async () => {
        const n = state.values.get(key) ?? 0n;
        // other calls of the process go on meanwhile, as with threads
        for (let turn = 0n; turn < n && n < 10n ** 9n; turn++) await nextTurn();
        return correct.fact(state, key);
      }),
  };
}
