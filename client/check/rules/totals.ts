import type { Check } from '../check.ts';
import { CheckFailure, demand } from '../failure.ts';
import type { Session } from '../session.ts';

type Step = readonly [key: string, value: bigint];

const path: readonly Step[] = [
  ['a', 1n],
  ['b', 10n],
  ['a', 5n],
  ['b', 0n],
  ['a', 5n],
  ['c', -7n],
  ['c', 7n],
  ['a', 0n],
  ['c', 0n],
];

/** How a server comes to its total: what it replies to one step. */
type Model = (state: { readonly values: Map<string, bigint>; total: bigint }, step: Step) => bigint;

const right: Model = (state, [key, value]) => {
  state.total += value - (state.values.get(key) ?? 0n);
  state.values.set(key, value);
  return state.total;
};

/** Wrong ways to a total, each with its hint: the first one that explains every reply is named. */
const mistakes: readonly (readonly [hint: string, model: Model])[] = [
  [
    'the old value was not subtracted: add new - old',
    (state, [, value]) => {
      state.total += value;
      return state.total;
    },
  ],
  [
    'the total was read before it was updated: reply with the new one',
    (state, step) => {
      const before = state.total;
      right(state, step);
      return before;
    },
  ],
  [
    'a value of 0 is taken for "nothing" (`if value`): 0 replaces the old value like any other',
    (state, step) => (step[1] === 0n ? state.total : right(state, step)),
  ],
  [
    'a negative value is ignored: values are whole numbers',
    (state, step) => (step[1] < 0n ? state.total : right(state, step)),
  ],
  [
    'a value of 0 or below is ignored: values are whole numbers',
    (state, step) => (step[1] <= 0n ? state.total : right(state, step)),
  ],
  [
    'the sign of a negative value is lost: values are whole numbers',
    (state, [key, value]) => right(state, [key, value < 0n ? -value : value]),
  ],
  ['SetNum replies with the value, not with the sum of all values', (_state, [, value]) => value],
  [
    'a key that is there already is not set again: SetNum overwrites',
    (state, step) => (state.values.has(step[0]) ? state.total : right(state, step)),
  ],
];

/** SetNum answers the sum of all values. */
export const totals: Check = {
  id: 'totals',
  requirement:
    'SetNum sets the key and returns the sum of all values: the difference of new and old is added',
  hint: 'the total is neither new - old added to what it was, nor the sum of all values',
  needs: ['wire'],
  run: async (session) => {
    const { value, total } = session.codec.ranges;
    const steps = path.filter(([, number]) => number >= value.min && number >= total.min);
    const sent = `SetNum ${steps.map(([key, number]) => `${key}=${number}`).join(', ')}`;
    const replies: bigint[] = [];
    for (const [key, number] of steps) replies.push(await session.setNum(key, number));
    // whatever is stored already is one constant in all totals
    const base = (replies[0] ?? 0n) - 1n;
    const expected = simulate(right, steps).map((each) => each + base);
    const wrong = replies.findIndex((each, at) => each !== expected[at]);
    if (wrong === -1) return { sent, came: `all totals are right (beside ${base} that was there before)` };
    const [key, number] = steps[wrong] ?? ['', 0n];
    const came = `${key}=${number} made it ${replies[wrong]} instead of ${expected[wrong]}`;
    throw new CheckFailure({ sent, came }, await explain(session, steps, replies));
  },
};

function simulate(model: Model, steps: readonly Step[]): bigint[] {
  const state = { values: new Map<string, bigint>(), total: 0n };
  return steps.map((step) => model(state, step));
}

async function explain(
  session: Session,
  steps: readonly Step[],
  replies: readonly bigint[],
): Promise<string | undefined> {
  const changes = (totals: readonly bigint[]): string =>
    totals.map((each) => each - (totals[0] ?? 0n)).join();
  const found = mistakes.find(([, model]) => changes(simulate(model, steps)) === changes(replies));
  if (found !== undefined && found === mistakes[0] && (await addsUp(session)))
    return 'the value was added to the old one: SetNum replaces it';
  return found?.[0];
}

/** Whether 2 and then 1 make 3: a server that adds to the value has the totals of one that forgets the old value. */
async function addsUp(session: Session): Promise<boolean> {
  await session.setNum('d', 2n);
  await session.setNum('d', 1n);
  return (await session.fact('d')).value === 6n;
}

/** 0 is a value like any other. */
export const zero: Check = {
  id: 'zero',
  requirement: 'a key whose value is 0 is there, and 0! is 1',
  hint: '`if not value` or `value || ...` takes 0 for a missing key: ask whether the key is there',
  needs: ['factorials'],
  run: async (session) => {
    const sent = 'SetNum z=0, Fact z';
    await session.setNum('z', 0n);
    const { value, error } = await session.fact('z');
    demand(error === '', sent, `error "${error}"`);
    demand(
      value === 1n,
      sent,
      `value ${value} instead of 1`,
      '0! is 1, the product of nothing: begin with 1',
    );
    return { sent, came: '1, without an error' };
  },
};
