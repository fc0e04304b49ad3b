import { randomInt } from 'node:crypto';
import { factorials } from '../../linearizability/factorials.ts';
import type { Check } from '../check.ts';
import { CheckFailure, demand } from '../failure.ts';
import { describeStatus, type Session } from '../session.ts';
import type { Connection } from '../wire/connection.ts';
import { allDone, callsWithin, clients } from './concurrent.ts';
import { scan, seemsToHold } from './filling.ts';

const factsOfEach = 24;
const entriesMax = 10;

/** What concurrent Facts must not change: each other's replies, and what the cache holds. */
export const concurrentFact: Check = {
  id: 'concurrent-fact',
  requirement: `Facts of ${clients} clients at once are exact, and the cache stays right and within its bound`,
  hint: 'a Fact keeps its work in a variable that all calls share: use local ones',
  needs: ['concurrent', 'factorials', 'zero', 'cache-max', 'stale'],
  run: async (session) => {
    const sent = `${clients} connections at once: Fact of known keys, of a missing one, and of keys that change`;
    await scan(session, session.numbers);
    const connections = await Promise.all(Array.from({ length: clients }, () => session.connect()));
    const each = callsWithin(session, factsOfEach);
    const all = (call: (connection: Connection, at: number) => Promise<void>): Promise<unknown> =>
      allDone(
        connections.map(async (connection, at) => {
          for (let left = each; left > 0; left--) await call(connection, at);
        }),
      );
    await all((connection) => askKnown(session, connection));
    await session.setNum('race', 1n);
    await all((connection, at) => raceOnce(session, connection, at));
    await expectCacheRight(session, sent);
    return { sent, came: 'every factorial was exact, and so was what the cache holds afterwards' };
  },
};

/** Asks for one of the keys that never change, or for one that is missing. */
async function askKnown(session: Session, connection: Connection, hint?: string): Promise<void> {
  const n = session.numbers[randomInt(session.numbers.length + 1)];
  const reply = await session.tryFact(n === undefined ? 'never-set' : `n${n}`, connection);
  const sent = `Fact of a key that holds ${n ?? 'nothing'}, beside others`;
  if (reply.kind === 'status') {
    // how a missing key is said is another rule's matter
    if (n === undefined) return;
    throw new CheckFailure({ sent, came: describeStatus(reply) });
  }
  const { value, error } = reply.value;
  if (n === undefined)
    demand(!factorials.slice(3).includes(value), sent, `${value}, the result of another call`);
  else {
    const isRight = value === factorials[n] && error === '';
    demand(isRight, sent, `${value}, error "${error}" instead of ${factorials[n]}`, hint);
  }
}

/** A quarter of the clients write under one key, another asks for keys that stay, the others for its factorial. */
async function raceOnce(session: Session, connection: Connection, at: number): Promise<void> {
  if (at % 4 === 3) return askKnown(session, connection, hintAtTwice);
  if (at % 4 === 0) {
    await session.trySetNum('race', BigInt(randomInt(1, session.numbers.length)), connection);
    return;
  }
  const reply = await session.tryFact('race', connection);
  const sent = 'Fact of a key that other clients change';
  if (reply.kind === 'status') throw new CheckFailure({ sent, came: describeStatus(reply) });
  const { value } = reply.value;
  demand(factorials.includes(value), sent, `${value}, the factorial of no number`);
}

const hintAtTwice =
  'the value is read twice, before and after computing: a result is put in the cache under another number';

async function expectCacheRight(session: Session, sent: string): Promise<void> {
  for (const n of session.numbers) {
    const { value } = await session.fact(`n${n}`);
    const came = `afterwards Fact of ${n} gave ${value} instead of ${factorials[n]}`;
    demand(value === factorials[n], sent, came, hintAtTwice);
  }
  const tooMany = session.numbers.slice(-entriesMax - 1);
  demand(
    !(await seemsToHold(session, tooMany)),
    sent,
    `afterwards ${tooMany.length} numbers were hits in one round`,
    'two calls looked at the size, and both added: look and add under one lock',
  );
}
