import type { Check } from '../check.ts';
import { demand } from '../failure.ts';
import { describeStatus, type Session } from '../session.ts';
import { settles } from './cache.ts';

/** A missing key is said in `error`. */
export const missing: Check = {
  id: 'missing',
  requirement: '`error` is empty normally, and holds a message if the key cannot be found',
  hint: 'answer a FactResponse with `error` set: an exception becomes a status of gRPC, and no reply at all',
  needs: ['wire'],
  run: async (session) => {
    const sent = 'Fact of a key that was never set';
    const reply = await session.tryFact('missing');
    demand(reply.kind === 'reply', sent, reply.kind === 'status' ? describeStatus(reply) : '');
    const { value, error } = reply.value;
    demand(error !== '', sent, `value ${value}, and an empty error`);
    return { sent, came: `error "${error}"` };
  },
};

/** A missing key leaves the cache alone. */
export const missingCache: Check = {
  id: 'missing-cache',
  requirement:
    'the cache remembers answers for numbers: a missing key is none, so it neither enters nor evicts',
  hint: 'the result of a missing key (None, an error) is put into the cache: return before that',
  needs: ['hit', 'cache-room', 'missing'],
  run: async (session) => {
    const held = session.numbers.slice(1, 1 + (session.cacheSize ?? 0));
    const sent = `Fact of ${held.length} numbers until all hit; Fact of 30 missing keys; Fact of the numbers; SetNum of a missing key, Fact`;
    await settles(session, held);
    for (let key = 0; key < 30; key++) {
      const { hit } = await session.fact(`missing${key % 15}`);
      demand(!hit, sent, 'a missing key was a hit');
    }
    for (const n of held) demand(await session.isHit(n), sent, `${n}! had been evicted by missing keys`);
    await session.setNum('missing0', 3n);
    const { value, error } = await session.fact('missing0');
    demand(value === 6n && error === '', sent, `once set to 3, it answered ${value}, error "${error}"`);
    return { sent, came: 'no missing key hit, no number was evicted, the key set later is found' };
  },
};

/** A number that has no factorial, or none that fits the reply. */
async function isRefused(session: Session, n: bigint): Promise<{ sent: string; came: string }> {
  const sent = `SetNum r=${n}, Fact r`;
  await session.setNum('r', n);
  const reply = await session.tryFact('r');
  if (reply.kind === 'status') {
    demand(
      reply.status !== 'DEADLINE_EXCEEDED',
      sent,
      describeStatus(reply),
      'a loop or a recursion that never ends',
    );
    return { sent, came: `${describeStatus(reply)}; a sentence in \`error\` would be kinder` };
  }
  const { value, error } = reply.value;
  demand(error !== '', sent, `value ${value}, and an empty error`);
  return { sent, came: `error "${error}"` };
}

export const negative: Check = {
  id: 'negative',
  requirement:
    'Fact returns the factorial of the value: a negative number has none, so there must be no answer without an error',
  hint: 'a loop that does not run leaves 1: refuse numbers below 0',
  needs: ['wire'],
  run: async (session) => {
    if (session.codec.ranges.value.min >= 0n)
      return { sent: 'nothing', came: 'negative numbers cannot be sent: the .proto says unsigned' };
    return isRefused(session, -3n);
  },
};

export const tooLarge: Check = {
  id: 'too-large',
  requirement:
    'Fact returns the factorial of the value: one that does not fit `value` must not come back wrong without an error',
  hint: 'the product wrapped around: refuse numbers whose factorial does not fit',
  needs: ['wire'],
  run: (session) => isRefused(session, BigInt((session.numbers.at(-1) ?? 20) + 1)),
};
