import type { StatusName } from '../../api/client-error.ts';
import type { Check } from '../check.ts';
import { CheckFailure, CheckSkip, demand, type Observation } from '../failure.ts';
import { describeStatus, type Session } from '../session.ts';

/** A missing key is said in `error`. */
export const missing: Check = {
  id: 'missing',
  requirement: '`error` is empty normally, and holds a message if the key cannot be found',
  hint: 'answer a FactResponse with `error` set: an exception becomes a status of gRPC, and no reply at all',
  needs: ['totals'],
  run: async (session) => {
    const sent = 'Fact of a key that was never set, twice';
    const told: string[] = [];
    for (const _ of ['first', 'second']) {
      const reply = await session.tryFact('missing');
      if (reply.kind === 'status')
        throw new CheckFailure({ sent, came: describeStatus(reply) }, hintAtMissing(reply.status));
      const { value, error } = reply.value;
      demand(error !== '', sent, `value ${value}, and an empty error`, hintAtValue(value, told.length > 0));
      told.push(error);
    }
    return { sent, came: `error "${told[0]}"` };
  },
};

function hintAtMissing(status: StatusName): string {
  if (status === 'DEADLINE_EXCEEDED') return 'a lock that is taken for a missing key and never released';
  return status === 'UNKNOWN' || status === 'INTERNAL'
    ? 'an exception (KeyError, null) becomes a status of gRPC, and no reply at all: look whether the key is there'
    : `the status ${status} takes the place of the reply: answer a FactResponse with \`error\` set`;
}

function hintAtValue(value: bigint, wasAsked: boolean): string {
  if (wasAsked) return 'Fact of a missing key stored one (a defaultdict does): look it up without adding it';
  return value === 1n
    ? 'a missing key is taken for the value 0, whose factorial is 1: look whether the key is there'
    : 'say it in `error`: a value alone looks like a result';
}

/** A number that has no factorial, or none that fits the reply. */
async function isRefused(
  session: Session,
  n: bigint,
  explain: (value: bigint) => string | undefined = () => undefined,
): Promise<Observation> {
  const sent = `SetNum r=${n}, Fact r`;
  await session.setNum('r', n);
  const reply = await session.tryFact('r');
  if (reply.kind === 'status') {
    const isEndless = reply.status === 'DEADLINE_EXCEEDED';
    demand(!isEndless, sent, describeStatus(reply), 'a loop or a recursion that never ends');
    return { sent, came: `${describeStatus(reply)}; a sentence in \`error\` would be kinder` };
  }
  const { value, error } = reply.value;
  demand(error !== '', sent, `value ${value}, and an empty error`, explain(value));
  // once more, for what is remembered of it
  await session.tryFact('r');
  return { sent, came: `error "${error}"` };
}

export const negative: Check = {
  id: 'negative',
  requirement:
    'Fact returns the factorial of the value: a negative number has none, so there must be no answer without an error',
  hint: 'a loop that does not run leaves 1: refuse numbers below 0',
  needs: ['totals'],
  run: async (session) => {
    if (session.codec.ranges.value.min >= 0n)
      throw new CheckSkip({
        sent: 'nothing',
        came: 'the .proto is unsigned: no negative number can be sent',
      });
    return isRefused(session, -3n);
  },
};

export const tooLarge: Check = {
  id: 'too-large',
  requirement:
    'Fact returns the factorial of the value: one that does not fit `value` must not come back wrong without an error',
  hint: 'the product wrapped around: refuse numbers whose factorial does not fit',
  needs: ['totals'],
  run: (session) => isRefused(session, BigInt(session.numbers.length), hintAtLarge),
};

function hintAtLarge(value: bigint): string | undefined {
  if (value === 0n) return 'no result and no error either: say in `error` that it does not fit';
  const clamped = [2n ** 31n - 1n, 2n ** 63n - 1n, -(2n ** 63n)];
  return clamped.includes(value)
    ? 'the result was cut to the largest number of the type: refuse numbers whose factorial does not fit'
    : undefined;
}

/** A reply is one thing or the other. It is judged by all replies to Fact that came so far. */
export const oneAnswer: Check = {
  id: 'one-answer',
  requirement: 'a reply has either a factorial or an `error`: with an error there is neither value nor hit',
  hint: 'fields of an earlier reply or a half-made result stay set: answer an error alone',
  needs: ['hit', 'missing', 'negative', 'too-large'],
  run: async ({ mixed }) => {
    const sent = 'Fact of missing keys, of negative and of too large numbers, each more than once';
    if (mixed === undefined) return { sent, came: 'no error came with a value or a hit' };
    const { value, hit, error } = mixed.answer;
    const came = `error "${error}" came together with value ${value} and hit ${hit}`;
    const hint = hit
      ? 'a refusal has a place in the cache, or `hit` is set before it is known whether there is a result'
      : 'the value is set although there is an error: leave it 0';
    throw new CheckFailure({ sent: mixed.sent, came }, hint);
  },
};
