import type { Check } from '../check.ts';
import { demand } from '../failure.ts';

/** SetNum answers the sum of all values. */
export const totals: Check = {
  id: 'totals',
  requirement:
    'SetNum sets the key and returns the sum of all values: the difference of new and old is added',
  hint: 'the old value was not subtracted, the total was read before it was updated, or a value of 0 or below is taken for "nothing"',
  needs: ['wire'],
  run: async (session) => {
    // whatever is stored already is one constant in all totals
    const base = (await session.setNum('a', 1n)) - 1n;
    const steps = [
      ['b', 10n, 11n],
      ['a', 5n, 15n],
      ['b', 0n, 5n],
      ['a', 5n, 5n],
      ['c', -7n, -2n],
      ['c', 7n, 12n],
      ['a', 0n, 7n],
      ['c', 0n, 0n],
    ] as const;
    const sent = 'SetNum a=1, b=10, a=5, b=0, a=5, c=-7, c=7, a=0, c=0';
    for (const [key, value, expected] of steps) {
      if (value < session.codec.ranges.value.min || expected < session.codec.ranges.total.min) continue;
      const total = (await session.setNum(key, value)) - base;
      demand(total === expected, sent, `${key}=${value} made it ${total} instead of ${expected}`);
    }
    return { sent, came: `all totals are right (beside ${base} that was there before)` };
  },
};

/** Fact answers the factorial of what is stored. */
export const factorialValues: Check = {
  id: 'factorials',
  requirement: 'Fact looks up the value of the key and returns its factorial',
  hint: 'the loop stops one short, or the type of `value` in the .proto is too narrow (int32 holds 12!, int64 20!)',
  needs: ['wire'],
  run: async (session) => {
    const last = session.numbers.at(-1) ?? 0;
    const sent = `SetNum f=1 .. f=${last}, Fact f after each`;
    let expected = 1n;
    for (const n of session.numbers.slice(1)) {
      expected *= BigInt(n);
      await session.setNum(`f${n}`, BigInt(n));
      const { value, error } = await session.fact(`f${n}`);
      demand(error === '', sent, `Fact of ${n}: error "${error}"`);
      demand(value === expected, sent, `Fact of ${n}: ${value} instead of ${expected}`);
    }
    return { sent, came: `1! to ${last}! are right` };
  },
};

/** 0 is a value like any other. */
export const zero: Check = {
  id: 'zero',
  requirement: 'a key whose value is 0 is there, and 0! is 1',
  hint: '`if not value` or `value || ...` takes 0 for a missing key: ask whether the key is there',
  needs: ['wire'],
  run: async (session) => {
    const sent = 'SetNum z=0, Fact z';
    await session.setNum('z', 0n);
    const { value, error } = await session.fact('z');
    demand(error === '', sent, `error "${error}"`);
    demand(value === 1n, sent, `value ${value} instead of 1`);
    return { sent, came: '1, without an error' };
  },
};
