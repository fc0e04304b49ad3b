import { setTimeout as pause } from 'node:timers/promises';
import type { Check } from '../check.ts';
import { CheckFailure, type Observation } from '../failure.ts';
import type { Session } from '../session.ts';
import type { Connection } from '../wire/connection.ts';

/** A computation that takes so long shows who waits for it. */
const longMs = 150;
const firstNumber = 2_000;
const growth = 3;
const lastNumber = 2_000_000;
const rounds = 3;

/**
 * The lock is not held while a factorial is computed. It shows only if some number takes long: the numbers grow until
 * one does. A call that does not exist needs no lock; if that waits, too, the whole process stands still (a language
 * with one running thread), and nothing can be said about the lock.
 */
export const lock: Check = {
  id: 'lock',
  requirement: 'the lock is not held while a factorial is computed: a SetNum does not wait for a Fact',
  hint: 'compute between two sections: look up under the lock, compute without it, put into the cache under it again',
  needs: ['wire'],
  run: async (session) => {
    const slow = await findSlow(session);
    if (slow === undefined) {
      const came = 'nobody had to wait: numbers that take long are refused at once, or none takes long';
      return { sent: `Fact of ever larger numbers from ${firstNumber} on`, came };
    }
    const sent = `SetNum while Fact of ${slow.n} was under way for ${Math.round(slow.ms)} ms, ${rounds} times`;
    return judge(sent, await observe(session, slow));
  },
};

interface Slow {
  readonly n: number;
  readonly ms: number;
}

async function findSlow(session: Session): Promise<Slow | undefined> {
  const { max } = session.codec.ranges.value;
  for (let n = firstNumber; n <= lastNumber && BigInt(n) + BigInt(rounds) <= max; n *= growth) {
    await session.setNum('large', BigInt(n));
    const { ms } = await session.tryFact('large');
    if (ms >= longMs) return { n, ms };
  }
  return undefined;
}

/** What became of the calls that were sent while a factorial was computed. */
type Sight = 'free' | 'waited' | 'stood still';

async function observe(session: Session, { n, ms }: Slow): Promise<Sight[]> {
  const [busy, idle] = [await session.connect(), await session.connect()];
  const seen: Sight[] = [];
  for (let round = 1; round <= rounds; round++) seen.push(await look(session, { busy, idle }, n + round, ms));
  return seen;
}

async function look(
  session: Session,
  { busy, idle }: { readonly busy: Connection; readonly idle: Connection },
  n: number,
  ms: number,
): Promise<Sight> {
  // a number of its own, so that no cache answers
  await session.setNum('large', BigInt(n));
  const computing = session.tryFact('large', busy);
  await pause(ms / 5);
  const [write, nobody] = await Promise.all([
    session.trySetNum('small', 1n, idle),
    idle.call(`${session.codec.setNumPath}Nobody`, Buffer.alloc(0), session.options.timeoutMs),
  ]);
  const { ms: computedMs } = await computing;
  const waited = (callMs: number): boolean => callMs > computedMs / 2;
  if (!waited(write.ms)) return 'free';
  return waited(nobody.ms) ? 'stood still' : 'waited';
}

function judge(sent: string, seen: readonly Sight[]): Observation {
  const waited = seen.filter((sight) => sight === 'waited').length;
  if (waited > rounds / 2)
    throw new CheckFailure({
      sent,
      came: 'SetNum was answered only when Fact was done, while other calls were answered at once',
    });
  if (seen.includes('free')) return { sent, came: 'SetNum was answered meanwhile' };
  return {
    sent,
    came: 'the whole server stands still while it computes, so that of the lock nothing can be seen',
  };
}
