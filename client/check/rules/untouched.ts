import type { Check } from '../check.ts';
import { CheckFailure, demand } from '../failure.ts';
import type { Session } from '../session.ts';
import { fillCache } from './filling.ts';

/** Different keys or numbers that would evict everything if they were cached. */
const strangers = 15;

/** What was in the cache is there still: `provoke` has to leave it alone. */
async function expectUntouched(
  session: Session,
  { sent, by, provoke, hint }: Intrusion,
): Promise<readonly number[]> {
  const held = await fillCache(session);
  await provoke(held);
  const gone: number[] = [];
  for (const n of held) if (!(await session.isHit(n))) gone.push(n);
  if (gone.length === 0) return held;
  const came = `${gone.length} of ${held.length} numbers were no hits any more after ${by}, such as ${gone[0]}!`;
  throw new CheckFailure({ sent, came }, hint(gone.length === held.length));
}

interface Intrusion {
  readonly sent: string;
  /** what must not have touched the cache */
  readonly by: string;
  provoke(held: readonly number[]): Promise<void>;
  hint(areAllGone: boolean): string | undefined;
}

/** A missing key leaves the cache alone. */
export const missingCache: Check = {
  id: 'missing-cache',
  requirement:
    'the cache remembers answers for numbers: a missing key is none, so it neither enters nor evicts',
  hint: 'the result of a missing key (None, an error) is put into the cache: return before that',
  needs: ['hit', 'cache-room', 'missing'],
  run: async (session) => {
    const sent = `Fact of numbers until all hit; of ${strangers} missing keys twice; of the numbers; SetNum of a missing key, Fact`;
    await expectUntouched(session, {
      sent,
      by: 'missing keys',
      provoke: async () => {
        for (let key = 0; key < 2 * strangers; key++) {
          const { hit } = await session.fact(`missing${key % strangers}`);
          demand(!hit, sent, 'a missing key was a hit');
        }
      },
      hint: () => undefined,
    });
    await session.setNum('missing0', 3n);
    const { value, error } = await session.fact('missing0');
    demand(
      value === 6n && error === '',
      sent,
      `once set to 3, it answered ${value}, error "${error}"`,
      'that a key is missing was remembered: look for the key each time',
    );
    return { sent, came: 'no missing key hit, no number was evicted, the key set later is found' };
  },
};

/** A number without an answer leaves the cache alone. */
export const refusedCache: Check = {
  id: 'refused-cache',
  requirement:
    'the cache remembers answers: a number that is refused has none, so it neither enters nor evicts',
  hint: 'the refusal itself is put into the cache: refuse before that',
  needs: ['missing-cache', 'set-cache', 'negative', 'too-large'],
  run: async (session) => {
    const sent = `Fact of numbers until all hit; Fact of ${strangers} refused numbers; of the numbers`;
    const tooLarge = session.numbers.length;
    const kinds = [
      { by: 'negative numbers', numbers: (at: number) => BigInt(-1 - at) },
      { by: 'too large numbers', numbers: (at: number) => BigInt(tooLarge + at) },
    ].filter(({ numbers }) => numbers(0) >= session.codec.ranges.value.min);
    for (const { by, numbers } of kinds)
      await expectUntouched(session, {
        sent,
        by,
        provoke: async () => {
          for (let at = 0; at < strangers; at++) {
            await session.setNum('refused', numbers(at));
            await session.tryFact('refused');
          }
        },
        hint: () => `the refusal of ${by} is put into the cache: refuse before that`,
      });
    return { sent, came: `no number was evicted by ${kinds.map(({ by }) => by).join(' or ')}` };
  },
};

/** SetNum leaves the cache alone. */
export const setCache: Check = {
  id: 'set-cache',
  requirement: 'n! never changes, so a SetNum neither clears nor fills the cache: only a Fact computes',
  hint: 'SetNum changes the cache: a factorial stays right whatever is stored',
  needs: ['by-number', 'cache-room'],
  run: async (session) => {
    const sent = `Fact of numbers until all hit; SetNum of new keys and of known ones; Fact of the numbers`;
    await expectUntouched(session, {
      sent,
      by: 'SetNum',
      provoke: async (held) => {
        for (const n of session.numbers.slice(0, strangers)) await session.setNum(`written${n}`, BigInt(n));
        const [first = 0, second = 0] = held;
        await session.setNum('written', BigInt(first));
        await session.setNum('written', BigInt(second));
      },
      hint: (areAllGone) =>
        areAllGone
          ? 'SetNum clears the cache: it is keyed by the number, and n! never changes'
          : 'SetNum fills the cache, or deletes the entry of the old number: n! never changes',
    });
    return { sent, came: 'every number was still a hit' };
  },
};
