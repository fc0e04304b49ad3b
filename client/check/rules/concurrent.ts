import { randomInt } from 'node:crypto';
import { checkBySearch } from '../../linearizability/by-search/check.ts';
import { History } from '../../linearizability/history.ts';
import type { Check } from '../check.ts';
import { CheckFailure, demand } from '../failure.ts';
import { describeStatus, type Session } from '../session.ts';
import type { Connection } from '../wire/connection.ts';

export const clients = 8;
const writesOfEach = 40;
const keys = 6;
/** Large random values make totals unlike each other, so that one order explains them or none does. */
const valueEnd = 2 ** 30;
/** Beyond this the order is left open, and the final total alone is judged. */
const stepsMax = 5_000_000;
/** Time for the calls that are made one after the other. */
const callsMs = 2_000;
const callsMin = 4;

/** As many calls of one client as fit some seconds, at the latency that was measured. */
export function callsWithin({ latencyMs }: Session, wanted: number): number {
  return Math.max(callsMin, Math.min(wanted, Math.floor(callsMs / latencyMs)));
}

/** Waits for all clients, so that none goes on while the next rule runs; then fails as the first one did. */
export async function allDone(clients: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(clients);
  await Promise.all(clients);
}

/** Eight clients at once, and every total must be exact. */
export const concurrent: Check = {
  id: 'concurrent',
  requirement: `a lock guards the shared data: the totals of ${clients} clients at once are exact`,
  hint: 'reading the old value, computing the total and writing both are not one section under one lock',
  needs: ['totals'],
  run: async (session) => {
    const writes = callsWithin(session, writesOfEach);
    const sent = `${clients} connections at once, each ${writes} SetNum on the same ${keys} keys and Facts between them`;
    const history = new History(clients * writes);
    await session.isHit(5);
    // the keys themselves are created by all clients at once
    const base = await setNum(session, history, keys);
    const connections = await Promise.all(Array.from({ length: clients }, () => session.connect()));
    await allDone(connections.map((connection) => hammer(session, { connection, history, writes })));
    let final = base;
    for (let key = 0; key < keys; key++) final = await setNum(session, history, key);
    demand(final === base, sent, `with all keys back at 0 the total is off by ${final - base}`);
    const verdict = checkBySearch(history, { held: 'absent', stepsMax });
    if (verdict.kind === 'invalid')
      throw new CheckFailure(
        {
          sent,
          came: `no one order of the calls explains the ${history.length} totals, though the last is exact`,
        },
        'the total of the reply is read after the lock was released, when another call has changed it',
      );
    const came =
      verdict.kind === 'valid'
        ? `one order explains all ${history.length} totals, and the last one is exact`
        : 'the last total is exact (whether one order explains the others was too much to search)';
    return { sent, came };
  },
};

/** Sets a key to 0, and returns the total. */
async function setNum(session: Session, history: History, key: number): Promise<bigint> {
  const start = performance.now();
  const total = await session.setNum(`c${key}`, 0n);
  const end = performance.now();
  history.add({ kind: 'setNum', key, argument: 0n, total, outcome: 'ok', start, end });
  return total;
}

interface Hammer {
  readonly connection: Connection;
  readonly history: History;
  readonly writes: number;
}

async function hammer(session: Session, { connection, history, writes }: Hammer): Promise<void> {
  for (let write = 0; write < writes; write++) {
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
