import { type Check, demand } from '../check.ts';
import { heldFirst, scan, settles } from './cache-probe.ts';

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
