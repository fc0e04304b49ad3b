import type { Check } from '../check.ts';
import { CheckFailure, CheckSkip } from '../failure.ts';
import type { Session } from '../session.ts';
import { heldFirst, scan, seemsToHold, settles } from './filling.ts';

/** The exercise allows so many entries. */
const entriesMax = 10;

/** `hit` tells the truth. */
export const hit: Check = {
  id: 'hit',
  requirement: 'look into the cache before computing, and say with `hit` whether the answer came from there',
  hint: '`hit` is never set, or the cache is never filled or never asked',
  needs: ['factorials'],
  run: async (session) => {
    const { numbers } = session;
    const sent = `Fact of ${numbers.length} different numbers; then of one that had missed, again`;
    const isUnaskedHit = await session.isHit(session.unasked);
    const hits = new Set(await scan(session, numbers));
    const missed = isUnaskedHit ? numbers.findLast((n) => !hits.has(n)) : session.unasked;
    if (missed === undefined)
      throw new CheckFailure(
        { sent, came: `all ${numbers.length} were hits, and at most ${entriesMax} can be` },
        await explainHits(session),
      );
    await session.isHit(missed);
    if (!(await session.isHit(missed)))
      throw new CheckFailure(
        { sent, came: `${missed}! was no hit, though it had just been asked for` },
        hits.size > 0 ? '`hit` is the wrong way round: false when the answer came from the cache' : undefined,
      );
    return { sent, came: `${missed}! missed first and hit when asked again` };
  },
};

/** A missing key has no result that could be a hit. */
async function explainHits(session: Session): Promise<string> {
  const { hit: isHit } = await session.fact('never-set');
  return isHit
    ? '`hit` is always true'
    : '`hit` is true for every result: it says that the result is in the cache now, not that it was before (or the cache has no bound, and was filled before: a fresh server would tell)';
}

/** At most 10 entries. */
export const cacheMax: Check = {
  id: 'cache-max',
  requirement: `the cache holds a maximum of ${entriesMax} entries`,
  hint: 'one entry too late: compare the size before adding',
  needs: ['hit'],
  run: async (session) => {
    const numbers = await heldFirst(session);
    const tooMany = numbers.slice(0, entriesMax + 1);
    const sent = `Fact of the same ${tooMany.length} numbers, round after round`;
    if (!(await seemsToHold(session, tooMany)))
      return { sent, came: `never all ${tooMany.length} were hits` };
    const came = `all ${tooMany.length} were hits in one round: the cache holds all of them`;
    const isEndless = await seemsToHold(session, numbers);
    throw new CheckFailure(
      { sent, came },
      isEndless ? 'nothing is evicted: remove an entry when it is full' : undefined,
    );
  },
};

/** The room that the exercise gives is used. */
export const cacheRoom: Check = {
  id: 'cache-room',
  requirement: `the cache has room for ${entriesMax} answers: that is the size the exercise names`,
  hint: 'the bound is too small, or something else takes the places',
  needs: ['hit'],
  run: async (session) => {
    const candidates = (await heldFirst(session)).slice(0, entriesMax);
    const sent = `Fact of the same ${entriesMax} numbers, round after round; then of fewer`;
    if (await settles(session, candidates)) {
      session.cached = candidates;
      return { sent, came: `all ${entriesMax} were hits in one round` };
    }
    const size = await guessSize(session, candidates);
    throw new CheckFailure(
      { sent, came: `no more than ${size} were ever hits in one round` },
      hintAtSize(size),
    );
  },
};

async function guessSize(session: Session, candidates: readonly number[]): Promise<number> {
  for (let size = candidates.length - 1; size > 0; size--)
    if (await seemsToHold(session, candidates.slice(0, size))) return size;
  return 0;
}

function hintAtSize(size: number): string | undefined {
  if (size === entriesMax - 1)
    return 'an entry is evicted when there are 10, or 9 are allowed: evict only before an 11th enters';
  return size === 1 ? 'only the last result is remembered: the cache has 10 entries' : undefined;
}

/** So many times the same experiment: chance would have to repeat itself. */
const trialsMax = 4;

/** Which policy evicts: any is allowed, so this check reports and never fails on it. */
export const eviction: Check = {
  id: 'eviction',
  requirement: 'any eviction policy will do (say which in a comment): LRU, FIFO, random, one of your own',
  hint: 'the cache behaves in no consistent way',
  needs: ['hit', 'cache-max', 'cache-room'],
  run: async (session) => {
    const size = session.cached.length;
    const sent = `filled the cache with ${size} numbers, used the oldest, added one more, looked which one was gone`;
    if (session.numbers.length < 2 * size + 1)
      throw new CheckSkip({
        sent: 'nothing',
        came: `only ${session.numbers.length} factorials fit the reply, too few to tell the policy`,
      });
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
  await seemsToHold(session, others);
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
