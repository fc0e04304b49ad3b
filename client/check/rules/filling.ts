import { CheckSkip } from '../failure.ts';
import type { Session } from '../session.ts';

/**
 * A random policy evicts one of the wanted numbers, too: of 10 places of which j hold wanted ones, a miss
 * gains one with probability (10 - j) / 10. The last one takes 10 misses on the average, and longer than m
 * with 0.9^m. All ten take more than 220 misses with P < 10 * 0.9^220 < 1e-9, and other policies few rounds.
 */
const missesMax = 220;

/** So often a number that missed is asked for again, at most. */
const againMax = 5;

/** Whether a server with too much or too little room shows its size: a guess for a hint need not be sure. */
const missesToGuess = 40;

/**
 * Whether the cache comes to hold all these numbers at once: then each of them hits, one after the other. A
 * cache of fewer entries never does, whatever its policy. A number that keeps missing is asked for more
 * often each time, so that a policy that goes by frequency evicts the rest.
 */
export async function settles(
  session: Session,
  numbers: readonly number[],
  misses = missesMax,
): Promise<boolean> {
  let hits = 0;
  let missed = 0;
  for (let at = 0; missed <= misses; at = (at + 1) % numbers.length) {
    const n = numbers[at] ?? 0;
    if (await session.isHit(n)) {
      if (++hits === numbers.length) return true;
      continue;
    }
    hits = 0;
    for (let again = Math.min(againMax, Math.floor(missed / numbers.length)); again > 0; again--)
      await session.isHit(n);
    missed++;
  }
  return false;
}

/** As `settles`, where an error costs a hint or misses a fault, and fails no correct server. */
export function seemsToHold(session: Session, numbers: readonly number[]): Promise<boolean> {
  return settles(session, numbers, missesToGuess);
}

/** Asks for each number once, in this order; returns which were hits. */
export async function scan(session: Session, numbers: readonly number[]): Promise<number[]> {
  const hits: number[] = [];
  for (const n of numbers) if (await session.isHit(n)) hits.push(n);
  return hits;
}

/** All numbers there are, those first that the cache holds now: a cache that never evicts holds no others. */
export async function heldFirst(session: Session): Promise<readonly number[]> {
  const hits = new Set(await scan(session, session.numbers.toReversed()));
  return session.numbers.toSorted((a, b) => Number(hits.has(b)) - Number(hits.has(a)) || a - b);
}

/**
 * Fills the cache with as many numbers as it holds; from then on each of them hits until another enters.
 *
 * @throws CheckSkip when its policy does not let go of what it held before
 */
export async function fillCache(session: Session): Promise<readonly number[]> {
  const size = session.cached.length;
  for (const numbers of [session.cached, (await heldFirst(session)).slice(0, size)])
    if (await settles(session, numbers)) return numbers;
  throw new CheckSkip({
    sent: `Fact of ${size} numbers, again and again`,
    came: 'they were never held at once',
  });
}
