import { randomInt } from 'node:crypto';
import { factorials } from '../../linearizability/factorials.ts';
import type { Check } from '../check.ts';
import { CheckFailure, demand } from '../failure.ts';
import { describeStatus, type Session } from '../session.ts';
import type { Connection } from '../wire/connection.ts';
import { callsWithin, clients } from './concurrent.ts';
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
    await Promise.all(connections.map((connection) => askKnown(session, connection, each)));
    await session.setNum('race', 1n);
    await Promise.all(connections.map((connection, at) => race(session, connection, { at, each })));
    await expectCacheRight(session, sent);
    return { sent, came: 'every factorial was exact, and so was what the cache holds afterwards' };
  },
};

async function askKnown(session: Session, connection: Connection, calls: number): Promise<void> {
  for (let call = 0; call < calls; call++) {
    const n = session.numbers[randomInt(session.numbers.length + 1)];
    const name = n === undefined ? 'never-set' : `n${n}`;
    const reply = await session.tryFact(name, connection);
    const sent = `Fact of a key that holds ${n ?? 'nothing'}, beside others`;
    // how a missing key is said is another rule's matter
    if (reply.kind === 'status' && n === undefined) continue;
    if (reply.kind === 'status') throw new CheckFailure({ sent, came: describeStatus(reply) });
    const { value, error } = reply.value;
    if (n === undefined)
      demand(!factorials.slice(3).includes(value), sent, `${value}, the result of another call`);
    else
      demand(
        value === factorials[n] && error === '',
        sent,
        `${value}, error "${error}" instead of ${factorials[n]}`,
      );
  }
}

/** Half of the clients write numbers under one key, the others ask for its factorial. */
async function race(
  session: Session,
  connection: Connection,
  { at, each }: { readonly at: number; readonly each: number },
): Promise<void> {
  for (let call = 0; call < each; call++) {
    const n = randomInt(1, session.numbers.length);
    if (at % 2 === 0) {
      await session.trySetNum('race', BigInt(n), connection);
      continue;
    }
    const reply = await session.tryFact('race', connection);
    const sent = 'Fact of a key that other clients change';
    if (reply.kind === 'status') throw new CheckFailure({ sent, came: describeStatus(reply) });
    const { value } = reply.value;
    demand(factorials.includes(value), sent, `${value}, the factorial of no number`);
  }
}

async function expectCacheRight(session: Session, sent: string): Promise<void> {
  for (const n of session.numbers) {
    const { value } = await session.fact(`n${n}`);
    demand(
      value === factorials[n],
      sent,
      `afterwards Fact of ${n} gave ${value} instead of ${factorials[n]}`,
      'the value was read twice, before and after computing: a result was put in the cache under another number',
    );
  }
  const tooMany = session.numbers.slice(-entriesMax - 1);
  demand(
    !(await seemsToHold(session, tooMany)),
    sent,
    `afterwards ${tooMany.length} numbers were hits in one round`,
    'two calls looked at the size, and both added: look and add under one lock',
  );
}
