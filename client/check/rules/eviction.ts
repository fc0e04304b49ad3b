import type { Check } from '../check.ts';
import type { Session } from '../session.ts';
import { scan, settles } from './cache-probe.ts';

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
