import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Check } from '../check.ts';
import { CheckFailure, CheckSkip } from '../failure.ts';
import type { Session } from '../session.ts';
import type { Connection } from '../wire/connection.ts';
import { noMessage } from './alive.ts';

/** How much longer than any other call a computation takes that shows which call waits for it. */
const longMs = 60;
const longFactor = 4;
const baselineCalls = 8;
const firstNumber = 2_000;
const growth = 2;
const lastNumber = 2_000_000;

/**
 * A call waits by chance, too. Lots are drawn which of the two calls is sent first, so that chance makes
 * SetNum wait and the other one not with probability 1/2 at most. A correct server fails when that happens
 * 24 times before SetNum was served twice: p < 26 / 2^25 = 7.8e-7.
 */
const waitsMin = 24;
const servedMin = 2;
/** So often the whole server stood still, or no number took long after all, and nothing can be said. */
const unseenMin = 3;

/**
 * The lock is not held while a factorial is computed. It shows only if some number takes long: the numbers
 * grow until one does. Bytes that are no message occupy a thread of the server and no lock; if these wait,
 * too, there is no free thread (or a language runs one at a time), and nothing can be said about the lock.
 */
export const lock: Check = {
  id: 'lock',
  requirement: 'the lock is not held while a factorial is computed: a SetNum does not wait for a Fact',
  hint: 'compute between two sections: look up under the lock, compute without it, put into the cache under it again',
  needs: ['totals', 'alive-garbage'],
  run: async (session) => {
    const slow = await findSlow(session);
    if (slow === undefined)
      throw new CheckSkip({
        sent: `Fact of ever larger numbers from ${firstNumber} on`,
        came: 'no number takes long, or those that do are refused at once: a lock held for microseconds does not show',
      });
    const sent = `SetNum while Fact of ${slow.n} was under way for ${Math.round(slow.ms)} ms, again and again`;
    const seen = await observe(session, slow);
    if (seen === 'served') return { sent, came: 'SetNum was answered meanwhile' };
    if (seen === 'waited')
      throw new CheckFailure({
        sent,
        came: 'SetNum was answered only when Fact was done, while other calls were answered at once',
      });
    const came =
      seen === 'short'
        ? 'it took long only once: a lock held for microseconds does not show'
        : 'the whole server stands still while it computes, so that of the lock nothing can be seen';
    throw new CheckSkip({ sent, came });
  },
};

interface Slow {
  readonly n: number;
  readonly ms: number;
  /** what a computation takes at least to be called slow */
  readonly least: number;
}

/** A number that takes long beside the slowest of some calls that compute nothing. */
async function findSlow(session: Session): Promise<Slow | undefined> {
  const { max } = session.codec.ranges.value;
  let baseline = 0;
  for (let call = 0; call < baselineCalls; call++)
    baseline = Math.max(
      baseline,
      (await session.trySetNum('small', 1n)).ms,
      (await session.tryFact('small')).ms,
    );
  const least = baseline + Math.max(longMs, longFactor * baseline);
  for (let n = firstNumber; n <= lastNumber && BigInt(n + waitsMin + unseenMin) <= max; n *= growth) {
    await session.setNum('large', BigInt(n));
    const { ms } = await session.tryFact('large');
    if (ms >= least) return { n, ms, least };
  }
  return undefined;
}

/** What became of the calls that were sent while a factorial was computed. */
type Sight = 'served' | 'waited' | 'stood still' | 'short';

async function observe(session: Session, slow: Slow): Promise<Sight> {
  const [busy, idle] = [await session.connect(), await session.connect()];
  const counts = { served: 0, waited: 0, 'stood still': 0, short: 0 };
  const enough = { served: servedMin, waited: waitsMin, 'stood still': unseenMin, short: unseenMin };
  for (let round = 1; ; round++) {
    const sight = await look(session, { busy, idle }, { ...slow, n: slow.n + round });
    counts[sight]++;
    if (counts[sight] === enough[sight]) return sight;
  }
}

async function look(
  session: Session,
  { busy, idle }: { readonly busy: Connection; readonly idle: Connection },
  { n, ms, least }: Slow,
): Promise<Sight> {
  // a number of its own, so that no cache answers
  await session.setNum('large', BigInt(n));
  const computing = session.tryFact('large', busy);
  await pause(ms / 5);
  const sendWrite = () => session.trySetNum('small', 1n, idle);
  const sendGarbage = () => idle.call(session.codec.setNumPath, noMessage, session.options.timeoutMs);
  const isWriteFirst = randomInt(2) === 1;
  const early = isWriteFirst ? sendWrite() : undefined;
  const garbage = sendGarbage();
  const [{ ms: writeMs }, { ms: garbageMs }, { ms: computedMs }] = await Promise.all([
    early ?? sendWrite(),
    garbage,
    computing,
  ]);
  const waited = (callMs: number): boolean => callMs > computedMs / 2;
  if (computedMs < least) return 'short';
  if (!waited(writeMs)) return 'served';
  return waited(garbageMs) ? 'stood still' : 'waited';
}
