import { type Answer, cached, compute, correct, factWith, refuse, type State } from '../memory.ts';
import { type Fault, withChoices, withFact, withReply, withSet } from './fault.ts';

const byKey: Fault['make'] = withFact((state, key) => factWith(state, key, { entry: () => key }));

/** Keyed by the key, with something done about it at each SetNum. */
function byKeyAnd(onSet: (state: State, key: string, value: bigint) => void): Fault['make'] {
  return () => ({
    ...byKey(),
    setNum: (state, key, value) => {
      onSet(state, key, value);
      return correct.setNum(state, key, value);
    },
  });
}

/** A correct SetNum that does something to the cache. */
function onSet(touch: (state: State, value: bigint) => void): Fault['make'] {
  return withSet((state, key, value) => {
    touch(state, state.values.get(key) ?? value);
    return correct.setNum(state, key, value);
  });
}

/** Refused numbers of a kind that are put into the cache. */
function refusalsEnter(isConcerned: (n: bigint) => boolean): Fault['make'] {
  return withFact((state, key) => {
    const n = state.values.get(key);
    if (n === undefined || !isConcerned(n)) return correct.fact(state, key);
    return { ...cached(state, `${n}`, { produce: () => compute(n) }), hit: false };
  });
}

/** Fact that reads a copy of the values from one SetNum ago. */
function readsCopy(): ReturnType<Fault['make']> {
  let copy = new Map<string, bigint>();
  return {
    setNum: (state, key, value) => {
      copy = new Map(state.values).set(key, state.values.get(key) ?? value);
      return correct.setNum(state, key, value);
    },
    fact: (state, key) => correct.fact({ ...state, values: copy }, key),
  };
}

export const cacheFaults: readonly Fault[] = [
  {
    name: 'the cache is keyed by the key and never invalidated',
    rule: 'stale',
    hint: /keyed by the key/,
    make: byKey,
  },
  {
    name: 'the cache is keyed by the key and invalidated only when the value grows',
    rule: 'stale',
    hint: /keyed by the key/,
    make: byKeyAnd((state, key, value) => {
      if (value > (state.values.get(key) ?? 0n)) state.cache.delete(key);
    }),
  },
  { name: 'Fact reads a copy of the values', rule: 'stale', hint: /reads a copy/, make: readsCopy },
  {
    name: 'the cache is keyed by the key and invalidated by each SetNum',
    rule: 'by-number',
    hint: /keyed by the key/,
    make: byKeyAnd((state, key) => state.cache.delete(key)),
  },
  {
    name: 'the cache is keyed by key and number',
    rule: 'by-number',
    hint: /keyed by the key/,
    make: withFact((state, key) => factWith(state, key, { entry: (n) => `${key} ${n}` })),
  },
  {
    name: 'hit is always true',
    rule: 'hit',
    hint: /always true/,
    make: withReply((answer) => ({ ...answer, hit: true })),
  },
  {
    name: 'hit is asked after the result was put in',
    rule: 'hit',
    hint: /true for every result/,
    make: withReply((answer) => ({ ...answer, hit: answer.error === '' })),
  },
  {
    name: 'hit is never true',
    rule: 'hit',
    hint: /never set/,
    make: withReply((answer) => ({ ...answer, hit: false })),
  },
  {
    name: 'hit is the wrong way round',
    rule: 'hit',
    hint: /wrong way round/,
    make: withReply((answer) => ({ ...answer, hit: answer.error === '' && !answer.hit })),
  },
  { name: 'the cache has 11 places', rule: 'cache-max', hint: /too late/, make: withChoices({ size: 11 }) },
  {
    name: 'nothing is evicted',
    rule: 'cache-max',
    hint: /nothing is evicted/,
    make: withChoices({ size: 1000 }),
  },
  { name: 'the cache has 2 places', rule: 'cache-room', hint: /too small/, make: withChoices({ size: 2 }) },
  {
    name: 'the cache has 9 places',
    rule: 'cache-room',
    hint: /before an 11th/,
    make: withChoices({ size: 9 }),
  },
  {
    name: 'only the last result is kept',
    rule: 'cache-room',
    hint: /only the last/,
    make: withChoices({ size: 1 }),
  },
  {
    name: 'SetNum clears the cache',
    rule: 'set-cache',
    hint: /SetNum clears/,
    make: onSet(({ cache }) => cache.clear()),
  },
  {
    name: 'SetNum deletes the entry of the old number',
    rule: 'set-cache',
    hint: /deletes the entry/,
    make: onSet(({ cache }, old) => cache.delete(`${old}`)),
  },
  {
    name: 'missing keys enter the cache',
    rule: 'missing-cache',
    hint: /result of a missing key/,
    make: withFact((state, key): Answer | Promise<Answer> => {
      if (state.values.has(key)) return correct.fact(state, key);
      return { ...cached(state, `missing ${key}`, { produce: () => refuse('no such key') }), hit: false };
    }),
  },
  {
    name: 'missing keys are remembered as missing',
    rule: 'missing-cache',
    hint: /was remembered/,
    make: () => {
      const missing = new Set<string>();
      return {
        ...correct,
        fact: (state, key) => {
          if (!state.values.has(key)) missing.add(key);
          return missing.has(key) ? refuse('no such key') : correct.fact(state, key);
        },
      };
    },
  },
  {
    name: 'negative numbers enter the cache',
    rule: 'refused-cache',
    hint: /refusal of negative numbers/,
    make: refusalsEnter((n) => n < 0n),
  },
  {
    name: 'too large numbers enter the cache',
    rule: 'refused-cache',
    hint: /refusal of too large numbers/,
    make: refusalsEnter((n) => n > 20n),
  },
];
