import { factorials } from '../../linearizability/factorials.ts';
import type { Check } from '../check.ts';
import { demand } from '../failure.ts';
import type { Session } from '../session.ts';

/** Sets the key to n, and wants n! at once. */
async function expectFresh(session: Session, sent: string, n: number): Promise<void> {
  await session.setNum('s', BigInt(n));
  const { value, error } = await session.fact('s');
  const expected = factorials[n] ?? 0n;
  const got = error === '' ? `${value}` : `error "${error}"`;
  demand(error === '' && value === expected, sent, `after s=${n} came ${got} instead of ${expected}`);
}

/** No answer is that of an older value. */
export const stale: Check = {
  id: 'stale',
  requirement: 'Fact answers for the number that is stored now, whatever was asked about the key before',
  hint: 'the cache is keyed by the key: key it by the number, whose factorial never changes',
  needs: ['wire'],
  run: async (session) => {
    const path = [5, 9, 4, 9, 3, 8, 2, 5];
    const sent = `${path.map((n) => `SetNum s=${n}, Fact s`).join('; ')}`;
    for (const n of path) await expectFresh(session, sent, n);
    return { sent, came: 'each Fact answered for the last value' };
  },
};

/** What was computed for one key serves another. */
export const byNumber: Check = {
  id: 'by-number',
  requirement: 'the cache remembers answers for numbers, so another key with the same number is a hit',
  hint: 'the cache is keyed by the key: key it by the number',
  needs: ['hit', 'stale'],
  run: async (session) => {
    const sent = 'SetNum p=11, Fact p twice, SetNum q=11, Fact q';
    await session.setNum('p', 11n);
    await session.fact('p');
    demand((await session.fact('p')).hit, sent, 'the second Fact p was no hit');
    await session.setNum('q', 11n);
    demand((await session.fact('q')).hit, sent, 'Fact q was no hit, though 11! had just been a hit for p');
    return { sent, came: 'Fact q was a hit' };
  },
};
