import type { Check } from '../check.ts';
import { demand } from '../failure.ts';
import type { Session } from '../session.ts';

/** The exercise allows so many entries. */
const entriesMax = 10;

/** `hit` tells the truth. */
export const hit: Check = {
  id: 'hit',
  requirement: 'look into the cache before computing, and say with `hit` whether the answer came from there',
  hint: '`hit` is a constant, or the cache is never filled or never asked',
  needs: ['wire'],
  run: async (session) => {
    const { numbers } = session;
    const sent = `Fact of ${numbers.length} different numbers; then of one that had missed, again`;
    const hits = new Set(await scan(session, numbers));
    const missed = numbers.findLast((n) => !hits.has(n));
    demand(
      missed !== undefined,
      sent,
      `all ${numbers.length} were hits, and at most ${entriesMax} can be`,
      '`hit` is always true (or the cache has no bound, and was filled before: a fresh server would tell these apart)',
    );
    await session.isHit(missed);
    demand(await session.isHit(missed), sent, `${missed}! was no hit, though it had just been asked for`);
    return { sent, came: `${missed}! missed first and hit when asked again` };
  },
};

/** At most 10 entries. */
export const cacheMax: Check = {
  id: 'cache-max',
  requirement: `the cache holds a maximum of ${entriesMax} entries`,
  hint: 'nothing is evicted, or one entry too late: compare the size before adding',
  needs: ['hit'],
  run: async (session) => {
    const tooMany = (await heldFirst(session)).slice(0, entriesMax + 1);
    const sent = `Fact of the same ${tooMany.length} numbers, round after round`;
    demand(
      !(await settles(session, tooMany)),
      sent,
      `all ${tooMany.length} were hits in one round: so many are in the cache`,
    );
    return { sent, came: `never all ${tooMany.length} were hits` };
  },
};

/** The room that the exercise gives is used. */
export const cacheRoom: Check = {
  id: 'cache-room',
  requirement: `the cache has room for ${entriesMax} answers: that is the size the exercise names`,
  hint: 'the bound is too small, or something else takes the places',
  needs: ['hit'],
  run: async (session) => {
    const candidates = await heldFirst(session);
    const sent = `Fact of the same ${entriesMax} numbers, round after round; then of fewer`;
    for (let size = entriesMax; size > 0; size--) {
      if (!(await settles(session, candidates.slice(0, size)))) continue;
      session.cacheSize = size;
      demand(size === entriesMax, sent, `no more than ${size} were ever hits in one round`);
      return { sent, came: `all ${size} were hits in one round` };
    }
    demand(false, sent, 'not even one number stayed a hit');
    return { sent, came: '' };
  },
};

/** So many times the same experiment: chance would have to repeat itself. */
const trialsMax = 4;

/** Which policy evicts: any is allowed, so this check reports and never fails on it. */
export const eviction: Check = {
  id: 'eviction',
  requirement: 'any eviction policy will do (say which in a comment): LRU, FIFO, random, one of your own',
  hint: 'the cache behaves in no consistent way',
  needs: ['hit', 'cache-max', 'cache-room'],
  run: async (session) => {
    const size = session.cacheSize ?? 0;
    const sent = `filled the cache with ${size} numbers, used the oldest, added one more, looked which one was gone`;
    if (session.numbers.length < 2 * size + 1)
      return { sent: 'nothing', came: `cannot be told with only ${session.numbers.length} factorials` };
    const seen: string[] = [];
    for (let trial = 0; trial < trialsMax; trial++) seen.push(await tryOnce(session, size, trial));
    return { sent, came: `it looks like ${conclude(seen)}` };
  },
};

function conclude(seen: readonly string[]): string {
  const different = new Set(seen);
  const [only] = different;
  if (different.size === 1 && only !== undefined) return only;
  return 'random eviction (each time another entry went)';
}

/** One experiment; the numbers change roles from trial to trial. */
async function tryOnce(session: Session, size: number, trial: number): Promise<string> {
  const { numbers } = session;
  const turned = numbers.map((_, at) => numbers[(at + 3 * trial) % numbers.length] ?? 0);
  const [kept, others] = [turned.slice(0, size), turned.slice(size, 2 * size)];
  const added = turned[2 * size] ?? 0;
  // all others in the cache, then all of `kept` in this order, which is that of insertion and of use
  await settles(session, others);
  await scan(session, kept);
  const [oldest = 0, next = 0, ...rest] = kept;
  const wasHeld = await session.isHit(oldest);
  const wasNew = !(await session.isHit(added));
  // hits change nothing that is asked for later, and the first miss comes last
  const hits = new Set(await scan(session, [...rest.toReversed(), oldest, next]));
  const restHeld = rest.filter((n) => hits.has(n)).length;
  if (!wasHeld || !wasNew) return 'a policy of its own (the oldest entry was gone before it had to)';
  if (restHeld === rest.length && hits.has(oldest) && !hits.has(next))
    return 'LRU (the least recently used goes)';
  if (restHeld === rest.length && !hits.has(oldest)) return 'FIFO (the first that came goes)';
  if (restHeld === rest.length && hits.has(next)) return 'a policy that does not keep what is new';
  if (restHeld === 0 && !hits.has(oldest)) return 'a cache that is emptied when it is full';
  return `a policy of its own (gone: place ${kept.findIndex((n) => !hits.has(n)) + 1} of ${size})`;
}

/** A policy may take some rounds until it has let go of what was there before. */
const roundsMax = 6;

/** Asks for each number once, in this order; answers which were hits. */
async function scan(session: Session, numbers: readonly number[]): Promise<number[]> {
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
async function heldFirst(session: Session): Promise<readonly number[]> {
  const hits = new Set(await scan(session, session.numbers.toReversed()));
  return session.numbers.toSorted((a, b) => Number(hits.has(b)) - Number(hits.has(a)) || a - b);
}
