import type { Check } from '../check.ts';
import { diagnoseFields, diagnoseStatus } from '../diagnosis.ts';
import { CheckFailure } from '../failure.ts';

/** The wire itself: everything else needs it. */
export const speaks: Check = {
  id: 'wire',
  requirement:
    'a service NumStore with SetNum(key, value) -> total and Fact(key) -> value, hit, error, as numstore.proto says',
  hint: 'pass your own .proto file with --proto FILE, so that other numbers and names do not matter',
  needs: [],
  run: async (session) => {
    const sent = `SetNum w=7, SetNum v=5, Fact w as ${session.codec.description}`;
    const [first, second, third] = [
      await session.trySetNum('w', 7n),
      await session.trySetNum('v', 5n),
      await session.tryFact('w'),
    ];
    for (const reply of [first, second, third]) {
      if (reply.kind === 'reply') continue;
      const { came, hint } = await diagnoseStatus(session, reply);
      throw new CheckFailure({ sent, came }, hint);
    }
    if (first.kind !== 'reply' || second.kind !== 'reply' || third.kind !== 'reply')
      throw new TypeError('no reply');
    const silence = await diagnoseFields(session, [first.value, second.value], third.value);
    if (silence !== undefined) throw new CheckFailure({ sent, came: silence.came }, silence.hint);
    return { sent, came: `understood as ${session.codec.description}` };
  },
};
