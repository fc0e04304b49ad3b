import type { Check } from '../check.ts';
import { demand } from '../failure.ts';
import type { Session } from '../session.ts';

/** The largest and the smallest numbers that the fields hold. */
export const edges: Check = {
  id: 'edges',
  requirement:
    'values and totals are integers: they are exact from the smallest to the largest that the fields hold',
  hint: 'a number went through a double (exact up to 2^53), or `int32` stands in the .proto where the exercise says int',
  needs: ['totals'],
  run: async (session) => {
    const { value, total } = session.codec.ranges;
    const base = await session.setNum('e', 0n);
    const wanted = [
      2n ** 53n + 1n,
      -(2n ** 53n) - 1n,
      total.max - base,
      value.max,
      total.min - base,
      value.min,
    ];
    const tried = wanted.filter((each) => isWithin(each, value) && isWithin(base + each, total));
    const sent = `SetNum e=${tried.join(', e=')}, each followed by e=0`;
    for (const each of tried) {
      const answered = await session.setNum('e', each);
      demand(
        answered === base + each,
        sent,
        `e=${each} made the total ${answered} instead of ${base + each}`,
      );
      const back = await session.setNum('e', 0n);
      demand(back === base, sent, `after e=${each} and e=0 the total is ${back} instead of ${base}`);
    }
    return { sent, came: 'all totals are exact' };
  },
};

function isWithin(number: bigint, { min, max }: { readonly min: bigint; readonly max: bigint }): boolean {
  return min <= number && number <= max;
}

/** What is sent when the total would not fit; the exercise does not say what then, but what comes later must be right. */
export async function overflow(session: Session): Promise<void> {
  const { value } = session.codec.ranges;
  for (const [name, number] of [
    ['over1', value.max],
    ['over2', value.max],
    ['over3', value.min],
    ['over3', value.max],
    ['over1', 0n],
    ['over2', 0n],
    ['over3', 0n],
  ] as const) {
    await session.trySetNum(name, number);
  }
}
