import { randomInt } from 'node:crypto';
import { checkBySearch } from '../../linearizability/by-search/check.ts';
import { History } from '../../linearizability/history.ts';
import type { Check } from '../check.ts';
import { CheckFailure, demand } from '../failure.ts';
import { describeStatus, type Session } from '../session.ts';
import type { Connection } from '../wire/connection.ts';

const clients = 8;
const writesOfEach = 40;
const keys = 6;
/** Large random values make totals unlike each other, so that one order explains them or none does. */
const valueEnd = 2 ** 30;
/** Beyond this the order is left open, and the final total alone is judged. */
const stepsMax = 5_000_000;

/** Eight clients at once, and every total must be exact. */
export const concurrent: Check = {
  id: 'concurrent',
  requirement: `a lock guards the shared data: the totals of ${clients} clients at once are exact`,
  hint: 'reading the old value, computing the total and writing both are not one section under one lock',
  needs: ['wire', 'totals'],
  run: async (session) => {
    const sent = `${clients} connections at once, each ${writesOfEach} SetNum on the same ${keys} keys and Facts between them`;
    const history = new History(clients * writesOfEach);
    const base = await setAll(session, history, 0n);
    const connections = await Promise.all(Array.from({ length: clients }, () => session.connect()));
    await Promise.all(connections.map((connection) => hammer(session, connection, history)));
    const final = await setAll(session, history, 0n);
    demand(final === base, sent, `with all keys back at 0 the total is off by ${final - base}`);
    const verdict = checkBySearch(history, { held: 'absent', stepsMax });
    if (verdict.kind === 'invalid')
      throw new CheckFailure({
        sent,
        came: `no one order of the calls explains the ${history.length} totals`,
      });
    const came =
      verdict.kind === 'valid'
        ? `one order explains all ${history.length} totals, and the last one is exact`
        : 'the last total is exact (whether one order explains the others was too much to search)';
    return { sent, came };
  },
};

async function setAll(session: Session, history: History, value: bigint): Promise<bigint> {
  let last = 0n;
  for (let key = 0; key < keys; key++) {
    const start = performance.now();
    last = await session.setNum(`c${key}`, value);
    const end = performance.now();
    history.add({ kind: 'setNum', key, argument: value, total: last, outcome: 'ok', start, end });
  }
  return last;
}

async function hammer(session: Session, connection: Connection, history: History): Promise<void> {
  for (let write = 0; write < writesOfEach; write++) {
    const key = randomInt(keys);
    const argument = BigInt(randomInt(1, valueEnd) % Number(limitOf(session)));
    const start = performance.now();
    const reply = await session.trySetNum(`c${key}`, argument, connection);
    const end = performance.now();
    if (reply.kind === 'status')
      throw new CheckFailure({ sent: `SetNum from ${clients} connections`, came: describeStatus(reply) });
    history.add({ kind: 'setNum', key, argument, total: reply.value, outcome: 'ok', start, end });
    if (write % 4 === 0) await session.tryFact('n5', connection);
  }
}

/** Small enough that the total stays within its field, whatever is stored. */
function limitOf({ codec }: Session): bigint {
  const smaller =
    [codec.ranges.value.max, codec.ranges.total.max].toSorted((a, b) => (a < b ? -1 : 1))[0] ?? 1n;
  const limit = smaller / 64n;
  return limit < BigInt(valueEnd) ? limit : BigInt(valueEnd);
}
