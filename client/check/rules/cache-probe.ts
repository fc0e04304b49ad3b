import type { Session } from '../session.ts';

/** A policy may take some rounds until it has let go of what was there before. */
const roundsMax = 6;

/** Asks for each number once, in this order; answers which were hits. */
export async function scan(session: Session, numbers: readonly number[]): Promise<number[]> {
  const hits: number[] = [];
  for (const n of numbers) if (await session.isHit(n)) hits.push(n);
  return hits;
}

/**
 * Whether the cache comes to hold all these numbers at once: then a whole round of them are hits. A cache of fewer
 * entries can never answer so, whatever its policy. Each round asks more often for what was a miss, so that a policy
 * that goes by frequency lets go of the rest, too.
 */
export async function settles(session: Session, numbers: readonly number[]): Promise<boolean> {
  for (let round = 0; round < roundsMax; round++) {
    let misses = 0;
    for (const n of numbers) {
      if (await session.isHit(n)) continue;
      misses++;
      for (let again = 0; again < round; again++) await session.isHit(n);
    }
    if (misses === 0) return true;
  }
  return false;
}

/** All numbers there are, those first that the cache holds now: a cache that never lets go holds no others. */
export async function heldFirst(session: Session): Promise<readonly number[]> {
  const hits = new Set(await scan(session, session.numbers.toReversed()));
  return session.numbers.toSorted((a, b) => Number(hits.has(b)) - Number(hits.has(a)) || a - b);
}
