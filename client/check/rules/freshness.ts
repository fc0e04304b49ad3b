import { factorials } from '../../linearizability/factorials.ts';
import type { Check } from '../check.ts';
import { CheckFailure, demand } from '../failure.ts';
import type { Session } from '../session.ts';

/** No answer is that of an older value. */
export const stale: Check = {
  id: 'stale',
  requirement: 'Fact answers for the number that is stored now, whatever was asked about the key before',
  hint: 'Fact reads a copy of the values, or SetNum replies before it has stored',
  needs: ['factorials'],
  run: async (session) => {
    const path = [5, 9, 4, 9, 3, 8, 2, 5];
    const sent = `${path.map((n) => `SetNum s=${n}, Fact s`).join('; ')}`;
    for (const n of path) {
      await session.setNum('s', BigInt(n));
      const { value, error } = await session.fact('s');
      const expected = factorials[n] ?? 0n;
      if (error === '' && value === expected) continue;
      const got = error === '' ? `${value}` : `error "${error}"`;
      const came = `after s=${n} came ${got} instead of ${expected}`;
      throw new CheckFailure({ sent, came }, await explain(session, value, expected));
    }
    return { sent, came: 'each Fact answered for the last value' };
  },
};

async function explain(session: Session, value: bigint, expected: bigint): Promise<string | undefined> {
  if (!factorials.includes(value))
    return 'what Fact computes is wrong only sometimes: its state outlives the call';
  // what lags behind catches up with the next SetNum, of any key
  await session.setNum('other', 0n);
  return (await session.fact('s')).value === expected
    ? undefined
    : 'the cache is keyed by the key: key it by the number, whose factorial never changes';
}

/** What was computed for one key serves another. */
export const byNumber: Check = {
  id: 'by-number',
  requirement: 'the cache remembers answers for numbers, so another key with the same number is a hit',
  hint: 'the cache is keyed by the key: key it by the number',
  needs: ['hit', 'stale'],
  run: async (session) => {
    const sent = 'SetNum q=11, SetNum p=11, Fact p twice, Fact q';
    await session.setNum('q', 11n);
    await session.setNum('p', 11n);
    await session.fact('p');
    demand((await session.fact('p')).hit, sent, 'the second Fact p was no hit');
    demand((await session.fact('q')).hit, sent, 'Fact q was no hit, though 11! had just been a hit for p');
    return { sent, came: 'Fact q was a hit' };
  },
};
