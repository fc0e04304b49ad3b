import { type Answer, compute, correct, refuse } from '../memory.ts';
import { type Fault, never, withChoices, withFact, withReply, withSet } from './fault.ts';

const wrap = (total: bigint): bigint => BigInt.asIntN(64, total);

/** Replaces each result by what a wrong product would be. */
function productOf(wrong: (n: bigint, value: bigint) => bigint): Fault['make'] {
  return withChoices({
    produce: (n) => {
      const answer = compute(n);
      return answer.error === '' ? { ...answer, value: wrap(wrong(n, answer.value)) } : answer;
    },
  });
}

/** What Fact says of a missing key. */
function missingIs(answer: () => Answer | Promise<never>): Fault['make'] {
  return withFact((state, key) => (state.values.has(key) ? correct.fact(state, key) : answer()));
}

/** What Fact says of numbers of a kind that have no result. */
function refusedIs(isConcerned: (n: bigint) => boolean, answer: (n: bigint) => Answer | Promise<never>) {
  return withFact((state, key) => {
    const n = state.values.get(key) ?? 0n;
    return isConcerned(n) ? answer(n) : correct.fact(state, key);
  });
}

const isNegative = (n: bigint): boolean => n < 0n;
const isLarge = (n: bigint): boolean => n > 20n;
const result = (value: bigint): Answer => ({ value, hit: false, error: '' });

/** The product that wraps around. */
function wrapped(n: bigint): Answer {
  let value = 1n;
  for (let factor = 2n; factor <= n && factor < 70n; factor++) value = wrap(value * factor);
  return result(value);
}

/** Keeps a value under a changed key. */
function keyAs(change: (key: string) => string): Fault['make'] {
  return () => ({
    setNum: (state, key, value) => correct.setNum(state, change(key), value),
    fact: (state, key) => correct.fact(state, change(key)),
  });
}

const totals: readonly Fault[] = [
  {
    name: 'the old value is not subtracted',
    rule: 'totals',
    hint: /old value was not subtracted/,
    make: withSet((state, key, value) => {
      state.values.set(key, value);
      state.total += value;
      return wrap(state.total);
    }),
  },
  {
    name: 'SetNum adds to the value',
    rule: 'totals',
    hint: /added to the old one/,
    make: withSet((state, key, value) => {
      state.values.set(key, (state.values.get(key) ?? 0n) + value);
      state.total += value;
      return wrap(state.total);
    }),
  },
  {
    name: 'the total is read before it is updated',
    rule: 'totals',
    hint: /read before it was updated/,
    make: withSet(async (state, key, value) => {
      const before = state.total;
      await correct.setNum(state, key, value);
      return wrap(before);
    }),
  },
  {
    name: 'a value of 0 is taken for nothing',
    rule: 'totals',
    hint: /0 is taken for "nothing"/,
    make: withSet((state, key, value) =>
      value === 0n ? wrap(state.total) : correct.setNum(state, key, value),
    ),
  },
  {
    name: 'negative values are ignored',
    rule: 'totals',
    hint: /negative value is ignored/,
    make: withSet((state, key, value) =>
      value < 0n ? wrap(state.total) : correct.setNum(state, key, value),
    ),
  },
  {
    name: 'SetNum refuses negative values by a status',
    rule: 'totals',
    hint: /refuses this by INVALID_ARGUMENT/,
    make: withSet((state, key, value) => {
      if (value < 0n) throw Object.assign(new Error('value must not be negative'), { code: 3 });
      return correct.setNum(state, key, value);
    }),
  },
  {
    name: 'SetNum throws at 0',
    rule: 'totals',
    hint: /exception in the handler/,
    make: withSet((state, key, value) => {
      if (value === 0n) throw new Error('division by zero');
      return correct.setNum(state, key, value);
    }),
  },
  {
    name: 'SetNum does not overwrite',
    rule: 'totals',
    hint: /not set again/,
    make: withSet((state, key, value) =>
      state.values.has(key) ? wrap(state.total) : correct.setNum(state, key, value),
    ),
  },
  {
    name: 'totals go through a double',
    rule: 'edges',
    hint: /double/,
    make: withSet(async (state, key, value) => wrap(BigInt(Number(await correct.setNum(state, key, value))))),
  },
];

const factorials: readonly Fault[] = [
  {
    name: 'the loop stops one short',
    rule: 'factorials',
    hint: /one short/,
    make: productOf((n, value) => (n > 1n ? value / n : value)),
  },
  {
    name: 'the loop goes one too far',
    rule: 'factorials',
    hint: /one too far/,
    make: productOf((n, value) => value * (n + 1n)),
  },
  {
    name: 'the product begins with 0',
    rule: 'factorials',
    hint: /begins with 0/,
    make: productOf(() => 0n),
  },
  {
    name: 'results of 32 bits',
    rule: 'factorials',
    hint: /32 bits/,
    make: productOf((_n, value) => BigInt.asIntN(32, value)),
  },
  {
    name: 'results rounded from 17! on',
    rule: 'factorials',
    hint: /float/,
    make: productOf((n, value) => (n < 17n ? value : value + 2n ** (3n * (n - 15n)))),
  },
  {
    name: 'results through a float of 32 bits',
    rule: 'factorials',
    hint: /float/,
    make: productOf((_n, value) => BigInt(Math.fround(Number(value)))),
  },
  {
    name: 'numbers above 15 are refused',
    rule: 'factorials',
    hint: /limit is too low/,
    make: refusedIs(
      (n) => n > 15n,
      () => refuse('too large'),
    ),
  },
  {
    name: '`error` says OK',
    rule: 'factorials',
    hint: /leave it empty/,
    make: withReply((answer) => (answer.error === '' ? { ...answer, error: 'OK' } : answer)),
  },
  {
    name: '0 is taken for a missing key',
    rule: 'zero',
    hint: /takes 0 for a missing key/,
    make: refusedIs(
      (n) => n === 0n,
      () => refuse('no such key'),
    ),
  },
  {
    name: '0! is 0',
    rule: 'zero',
    hint: /0! is 1/,
    make: productOf((n, value) => (n === 0n ? 0n : value)),
  },
];

const keys: readonly Fault[] = [
  {
    name: 'keys are changed to lower case',
    rule: 'keys',
    hint: /one case/,
    make: keyAs((key) => key.toLowerCase()),
  },
  { name: 'keys are trimmed', rule: 'keys', hint: /trimmed/, make: keyAs((key) => key.trim()) },
  {
    name: 'keys are cut to 255 characters',
    rule: 'keys',
    hint: /cut/,
    make: keyAs((key) => key.slice(0, 255)),
  },
  { name: 'keys end at a NUL', rule: 'keys', hint: /NUL/, make: keyAs((key) => key.split('\0')[0] ?? '') },
  { name: 'keys are normalised', rule: 'keys', hint: /normalised/, make: keyAs((key) => key.normalize()) },
];

const refusals: readonly Fault[] = [
  {
    name: 'a missing key is an exception',
    rule: 'missing',
    hint: /KeyError/,
    make: missingIs(() => {
      throw new Error('KeyError');
    }),
  },
  {
    name: 'a missing key is NOT_FOUND',
    rule: 'missing',
    hint: /status NOT_FOUND/,
    make: missingIs(() => {
      throw Object.assign(new Error('no such key'), { code: 5 });
    }),
  },
  { name: 'a missing key is 0', rule: 'missing', hint: /value 0/, make: missingIs(() => result(1n)) },
  { name: 'a missing key is -1', rule: 'missing', hint: /value alone/, make: missingIs(() => result(-1n)) },
  {
    name: 'Fact of a missing key stores it',
    rule: 'missing',
    hint: /defaultdict/,
    make: withFact((state, key) => {
      const answer = correct.fact(state, key);
      if (!state.values.has(key)) state.values.set(key, 0n);
      return answer;
    }),
  },
  {
    name: 'the factorial of a negative number is 1',
    rule: 'negative',
    hint: /leaves 1/,
    make: refusedIs(isNegative, () => result(1n)),
  },
  {
    name: 'the factorial of a negative number never ends',
    rule: 'negative',
    hint: /never ends/,
    isSilent: true,
    make: refusedIs(isNegative, () => never),
  },
  { name: '21! wraps around', rule: 'too-large', hint: /wrapped around/, make: refusedIs(isLarge, wrapped) },
  {
    name: '21! is the largest int64',
    rule: 'too-large',
    hint: /cut to the largest/,
    make: refusedIs(isLarge, () => result(2n ** 63n - 1n)),
  },
  {
    name: '21! is 0 without an error',
    rule: 'too-large',
    hint: /no error either/,
    make: refusedIs(isLarge, () => result(0n)),
  },
  {
    name: 'an error comes with a value',
    rule: 'one-answer',
    hint: /leave it 0/,
    make: withReply((answer) => (answer.error === '' ? answer : { ...answer, value: -1n })),
  },
  {
    name: 'an error comes with a hit',
    rule: 'one-answer',
    hint: /`hit` is set before/,
    make: refusedIs(isLarge, () => ({ ...refuse('too large'), hit: true })),
  },
];

export const valueFaults: readonly Fault[] = [...totals, ...factorials, ...keys, ...refusals];
