import type { Check } from '../check.ts';
import { CheckFailure, demand } from '../failure.ts';
import { describeStatus, type Session } from '../session.ts';
import type { Reply } from '../wire/connection.ts';
import { overflow } from './edges.ts';

/** So many calls at once find out whether one of the four threads is gone for good. */
const callsAtOnce = 8;

/** After bad input the server goes on as before; `provoke` sends it, unless an earlier check did. */
function aliveAfter(
  id: string,
  what: string,
  provoke?: (session: Session) => Promise<unknown>,
  needs: readonly string[] = ['totals'],
): Check {
  return {
    id,
    requirement:
      'the lock is always released, even if there is an exception: the server goes on after bad input',
    hint: 'acquire() without a finally: use `with lock`, and catch nothing you cannot handle',
    needs,
    run: async (session) => {
      const sent = `${what}; then ${callsAtOnce} SetNum and Fact at once`;
      const before = provoke === undefined ? undefined : await session.setNum('alive0', 0n);
      await provoke?.(session);
      await expectAlive(session, sent, before);
      return { sent, came: 'all answered, with the right totals' };
    },
  };
}

/** What was sent is taken back by now, so that the total is that of before. */
async function expectAlive(session: Session, sent: string, before: bigint | undefined): Promise<void> {
  const silence = await findSilence(session);
  if (silence !== undefined) throw new CheckFailure({ sent, came: silence });
  const totals: bigint[] = [];
  for (const value of [0n, 4n, 0n, 4n, 0n]) totals.push(await session.setNum('alive0', value));
  const [base = 0n, total] = totals;
  demand(
    before === undefined || base === before,
    sent,
    `the total was ${before} before, and is ${base} now`,
    hintAtHalf,
  );
  const wrong = totals.findIndex((each, at) => each !== base + (at % 2 === 1 ? 4n : 0n));
  if (wrong === -1) return;
  const isLasting = total !== base + 4n && totals[3] === total;
  demand(
    false,
    sent,
    `the totals went ${totals.join(', ')} when 4 was added and taken away`,
    isLasting
      ? hintAtHalf
      : 'one total was wrong and later ones were right: the reply is not the total that was stored under the lock',
  );
}

const hintAtHalf = 'the bad call left value and total apart: find out that it fails before you write either';

/** What came instead of answers; undefined when the server answers. */
export async function findSilence(session: Session): Promise<string | undefined> {
  const names = Array.from({ length: callsAtOnce }, (_, at) => `alive${at}`);
  // one kind after the other: a slow server with one thread has its time for each
  const calls: readonly ((name: string) => Promise<Reply<unknown>>)[] = [
    (name) => session.trySetNum(name, 0n),
    (name) => session.tryFact(name),
  ];
  for (const call of calls) {
    const replies = await Promise.all(names.map((name) => call(name)));
    for (const reply of replies) if (reply.kind === 'status') return describeStatus(reply);
  }
  return undefined;
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
  ['edges'],
);

const longKeyLength = 100_000;
/** Bytes that no decoder takes for a message. */
export const noMessage = Buffer.from([0x0a, 0xff, 0xff, 0xff, 0x7f, 0x01]);

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
  ['edges'],
);
