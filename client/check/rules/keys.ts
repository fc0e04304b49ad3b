import { factorials } from '../../linearizability/factorials.ts';
import type { Check } from '../check.ts';
import { CheckFailure } from '../failure.ts';
import type { Session } from '../session.ts';

/** Two keys that a careless server takes for one, and how it comes to that. */
interface Pair {
  readonly differ: string;
  readonly names: readonly [string, string];
  readonly hint: string;
}

const long = 'k'.repeat(300);

const pairs: readonly Pair[] = [
  { differ: 'in one letter', names: ['one', 'two'], hint: 'the values are not kept by key: use a map' },
  {
    differ: 'in case',
    names: ['Case', 'cASE'],
    hint: 'keys are changed to one case: keep them as they come',
  },
  { differ: 'in a space', names: ['space', 'space '], hint: 'keys are trimmed: keep them as they come' },
  {
    differ: 'only at the end of 300 characters',
    names: [`${long}1`, `${long}2`],
    hint: 'keys are cut to a fixed length: keep them as they come',
  },
  {
    differ: 'after a NUL',
    names: ['nul\0a', 'nul\0b'],
    hint: 'a key ends at its first NUL, as strings of C do: keep its length with it',
  },
  {
    differ: 'in how an accent is written',
    names: ['caf\u00e9', 'cafe\u0301'],
    hint: 'keys are normalised: keep them as they come',
  },
  {
    differ: 'beyond the Basic Multilingual Plane',
    names: ['\u{1f600}', '\u{1f601}'],
    hint: 'characters are lost when the key is decoded: it is UTF-8',
  },
];

/** Two keys share nothing. */
export const keys: Check = {
  id: 'keys',
  requirement: 'a key is any string: two keys that differ in anything have a value each',
  hint: 'the values are not kept by key, as it came: use a map from the whole string',
  needs: ['totals', 'factorials', 'stale'],
  run: async (session) => {
    const sent = `SetNum of pairs of keys, Fact of both: keys that differ ${pairs.map(({ differ }) => differ).join(', ')}`;
    const refused: string[] = [];
    for (const pair of pairs) {
      const came = await look(session, pair);
      if (came === 'refused') refused.push(pair.differ);
      else if (came !== undefined) throw new CheckFailure({ sent, came }, pair.hint);
    }
    const beside = refused.length === 0 ? '' : ` (keys that differ ${refused.join(', ')} are refused)`;
    return { sent, came: `two keys were never one${beside}` };
  },
};

/** What is wrong with the pair, if anything. A server may refuse keys: the exercise names no bound. */
async function look(session: Session, { differ, names }: Pair): Promise<string | undefined> {
  const before = await session.trySetNum(names[0], 0n);
  const replies = [await session.trySetNum(names[0], 4n), await session.trySetNum(names[1], 6n)];
  const totals = replies.map((reply) => (reply.kind === 'reply' ? reply.value : undefined));
  if (before.kind === 'status' || totals.includes(undefined)) return 'refused';
  const got = [(await session.fact(names[0])).value, (await session.fact(names[1])).value];
  for (const name of names) await session.setNum(name, 0n);
  if (totals[0] !== before.value + 4n || totals[1] !== before.value + 10n)
    return `4 and 6 under keys that differ ${differ} made the total ${totals.join(', then ')}, from ${before.value}`;
  return got[0] === factorials[4] && got[1] === factorials[6]
    ? undefined
    : `Fact of keys that differ ${differ} gave ${got.join(' and ')} for 4 and 6`;
}
