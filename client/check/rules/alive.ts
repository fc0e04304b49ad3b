import type { Check } from '../check.ts';
import { CheckFailure, demand } from '../failure.ts';
import { describeStatus, type Session } from '../session.ts';
import { overflow } from './edges.ts';

/** So many calls at once find out whether one of the four threads is gone for good. */
const callsAtOnce = 8;

/** After bad input the server goes on as before; `provoke` sends it, unless an earlier check did. */
function aliveAfter(
  id: string,
  what: string,
  provoke: (session: Session) => Promise<unknown> = async () => undefined,
): Check {
  return {
    id,
    requirement:
      'the lock is always released, even if there is an exception: the server goes on after bad input',
    hint: 'acquire() without a finally: use `with lock`, and catch nothing you cannot handle',
    needs: ['wire'],
    run: async (session) => {
      const sent = `${what}; then ${callsAtOnce} SetNum and Fact at once`;
      await provoke(session);
      await expectAlive(session, sent);
      return { sent, came: 'all answered, with the right totals' };
    },
  };
}

async function expectAlive(session: Session, sent: string): Promise<void> {
  const silence = await findSilence(session);
  if (silence !== undefined) throw new CheckFailure({ sent, came: silence });
  const base = await session.setNum('alive0', 0n);
  const total = await session.setNum('alive0', 4n);
  await session.setNum('alive0', 0n);
  demand(total === base + 4n, sent, `the total went from ${base} to ${total} when 4 was added`);
}

/** What came instead of answers; undefined when the server answers. */
export async function findSilence(session: Session): Promise<string | undefined> {
  const names = Array.from({ length: callsAtOnce }, (_, at) => `alive${at}`);
  const replies = await Promise.all(
    names.flatMap((name) => [session.trySetNum(name, 0n), session.tryFact(name)]),
  );
  const silent = replies.find((reply) => reply.kind === 'status');
  return silent === undefined ? undefined : describeStatus(silent);
}

export const aliveMissing = aliveAfter('alive-missing', 'Fact of a missing key', (session) =>
  session.tryFact('nobody'),
);
export const aliveNegative = aliveAfter('alive-negative', 'Fact of a negative number');
export const aliveTooLarge = aliveAfter('alive-too-large', 'Fact of a number whose factorial does not fit');
export const aliveOverflow = aliveAfter(
  'alive-overflow',
  'SetNum that make the total too large, and back',
  overflow,
);

const longKeyLength = 100_000;
const noMessage = Buffer.from([0x0a, 0xff, 0xff, 0xff, 0x7f, 0x01]);

export const aliveGarbage = aliveAfter(
  'alive-garbage',
  'bytes that are no message, an empty message, an unknown call, an empty key and one of 100 kB',
  async (session) => {
    const { setNumPath, factPath } = session.codec;
    for (const path of [setNumPath, factPath]) await session.raw(path, noMessage);
    await session.raw(factPath, Buffer.alloc(0));
    await session.raw(`${setNumPath}Nobody`, Buffer.alloc(0));
    await session.tryFact('k'.repeat(longKeyLength));
  },
);
