import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { Mutex } from 'async-mutex';
import { type Answer, compute, correct, factWith, type Rules, refuse, type State } from '../memory.ts';
import { type Fault, never, withSet } from './fault.ts';

/** A lock that bad input leaves behind: from then on no call is replied to. */
function leavesLock(
  isBad: (state: State, call: { readonly key: string; readonly value?: bigint }) => boolean,
  after?: () => Promise<Answer>,
): Fault['make'] {
  return () => {
    let isLocked = false;
    return {
      setNum: (state, key, value) => {
        if (isLocked) return never;
        if (!isBad(state, { key, value })) return correct.setNum(state, key, value);
        isLocked = true;
        throw new Error('int64 overflow');
      },
      fact: (state, key) => {
        if (isLocked) return never;
        if (!isBad(state, { key })) return correct.fact(state, key);
        isLocked = true;
        return after?.() ?? correct.fact(state, key);
      },
    };
  };
}

/** The lock is held while large numbers are multiplied, until it turns out that they do not fit. */
function lockedWhileComputing(): Rules {
  const mutex = new Mutex();
  return {
    setNum: (state, key, value) => mutex.runExclusive(() => correct.setNum(state, key, value)),
    fact: (state, key) =>
      mutex.runExclusive(async () => {
        const n = Number(state.values.get(key) ?? 0n);
        if (n > 20 && n < 10 ** 9) await pause(Math.min(n / 40, 3_000));
        return correct.fact(state, key);
      }),
  };
}

/** A factorial whose product lives in a variable that all calls share. */
function sharedProduct(): Rules {
  let product = 1n;
  return {
    ...correct,
    fact: async (state, key) => {
      const n = state.values.get(key);
      if (n === undefined) return refuse('no such key');
      if (compute(n).error !== '') return compute(n);
      const entry = state.cache.has(`${n}`);
      if (entry) return correct.fact(state, key);
      product = 1n;
      for (let factor = 2n; factor <= n; factor++) {
        product *= factor;
        if (factor % 3n === 0n) await nextTurn();
      }
      const value = BigInt.asIntN(64, product);
      return factWith(state, key, { produce: () => ({ value, hit: false, error: '' }) });
    },
  };
}

/** Makes room where there are exactly 10, computes, and adds: meanwhile others have added, too. */
function overfills(): Rules {
  return {
    ...correct,
    fact: async (state, key) => {
      const n = state.values.get(key);
      if (n === undefined || compute(n).error !== '' || state.cache.has(`${n}`))
        return correct.fact(state, key);
      const [oldest] = state.cache.keys();
      if (state.cache.size === 10 && oldest !== undefined) state.cache.delete(oldest);
      await nextTurn();
      state.cache.set(`${n}`, compute(n));
      return compute(n);
    },
  };
}

/** Puts the result into the cache under the number that the key holds by then. */
function readsTwice(): Rules {
  return {
    ...correct,
    fact: async (state, key) => {
      const n = state.values.get(key);
      if (n === undefined || compute(n).error !== '' || state.cache.has(`${n}`))
        return correct.fact(state, key);
      await pause(2);
      return factWith(state, key, { produce: () => compute(n) });
    },
  };
}

const hintAtFinally = /finally/;

export const lockFaults: readonly Fault[] = [
  {
    name: 'no lock: two SetNum at once lose one of them',
    rule: 'concurrent',
    hint: /one section under one lock/,
    make: withSet(async (state, key, value) => {
      const total = state.total + value - (state.values.get(key) ?? 0n);
      await nextTurn();
      state.values.set(key, value);
      state.total = total;
      return BigInt.asIntN(64, total);
    }),
  },
  {
    name: 'the total of the reply is read outside the lock',
    rule: 'concurrent',
    hint: /after the lock was released/,
    make: withSet(async (state, key, value) => {
      await correct.setNum(state, key, value);
      await nextTurn();
      return BigInt.asIntN(64, state.total);
    }),
  },
  {
    name: 'a factorial in a variable that all calls share',
    rule: 'concurrent-fact',
    hint: /all calls share/,
    make: sharedProduct,
  },
  {
    name: 'two Facts at once both find room in the cache',
    rule: 'concurrent-fact',
    hint: /look and add under one lock/,
    make: overfills,
  },
  {
    name: 'the value is read twice, before and after computing',
    rule: 'concurrent-fact',
    hint: /read twice/,
    make: readsTwice,
  },
  {
    name: 'SetNum sums all values anew',
    rule: 'difference',
    hint: /add new - old/,
    keys: 2_400,
    make: withSet((state, key, value) => {
      state.values.set(key, value);
      state.total = Object.values(Object.fromEntries(state.values)).reduce((sum, each) => sum + each, 0n);
      return BigInt.asIntN(64, state.total);
    }),
  },
  {
    name: 'the lock is held while a factorial is computed',
    rule: 'lock',
    hint: /between two sections/,
    make: lockedWhileComputing,
  },
  {
    name: 'a missing key leaves the lock behind',
    rule: 'alive-missing',
    hint: hintAtFinally,
    isSilent: true,
    make: leavesLock(
      (state, { key, value }) => value === undefined && key.endsWith('nobody') && !state.values.has(key),
    ),
  },
  {
    name: 'a negative number leaves the lock behind',
    rule: 'alive-negative',
    hint: hintAtFinally,
    isSilent: true,
    make: leavesLock(
      (state, { key, value }) => value === undefined && (state.values.get(key) ?? 0n) < 0n,
      () => Promise.reject(new Error('factorial() not defined for negative values')),
    ),
  },
  {
    name: 'a number that is too large leaves the lock behind',
    rule: 'alive-too-large',
    hint: hintAtFinally,
    isSilent: true,
    make: leavesLock((state, { key, value }) => value === undefined && state.values.get(key) === 21n),
  },
  {
    name: 'an overflow leaves the lock behind',
    rule: 'alive-overflow',
    hint: hintAtFinally,
    isSilent: true,
    make: leavesLock((state, { key, value }) => {
      if (value === undefined) return false;
      const total = state.total + value - (state.values.get(key) ?? 0n);
      return BigInt.asIntN(64, total) !== total;
    }),
  },
  {
    name: 'an overflow leaves value and total apart',
    rule: 'alive-overflow',
    hint: /before you write either/,
    make: withSet((state, key, value) => {
      const total = state.total + value - (state.values.get(key) ?? 0n);
      state.values.set(key, value);
      if (BigInt.asIntN(64, total) !== total) throw new Error('int64 overflow');
      state.total = total;
      return total;
    }),
  },
  {
    name: 'an empty key leaves the lock behind',
    rule: 'alive-garbage',
    hint: hintAtFinally,
    isSilent: true,
    make: leavesLock((_state, { key }) => key === ''),
  },
];
