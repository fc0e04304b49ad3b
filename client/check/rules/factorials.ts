import { factorials } from '../../linearizability/factorials.ts';
import type { Check } from '../check.ts';
import { CheckFailure } from '../failure.ts';
import type { FactAnswer } from '../wire/codec.ts';

/** What came for a number. */
interface Answered extends FactAnswer {
  readonly n: number;
}

/** Fact answers the factorial of what is stored. */
export const factorialValues: Check = {
  id: 'factorials',
  requirement: 'Fact looks up the value of the key and returns its factorial',
  hint: 'the product of 1 to n is computed wrong: print it for small n',
  needs: ['totals'],
  run: async (session) => {
    const last = session.numbers.at(-1) ?? 0;
    const sent = `SetNum f=1 .. f=${last} without ${session.unasked}, Fact f after each`;
    const answers: Answered[] = [];
    for (const n of session.numbers.slice(1).filter((each) => each !== session.unasked)) {
      await session.setNum(`f${n}`, BigInt(n));
      answers.push({ n, ...(await session.fact(`f${n}`)) });
    }
    const wrong = answers.filter(({ n, value, error }) => value !== factorials[n] || error !== '');
    const [first] = wrong;
    if (first === undefined) return { sent, came: `1! to ${last}! are right` };
    const came =
      first.error === ''
        ? `Fact of ${first.n}: ${first.value} instead of ${factorials[first.n]}`
        : `Fact of ${first.n}: error "${first.error}"`;
    throw new CheckFailure({ sent, came }, explain(wrong));
  },
};

/** Wrong products, and their causes: the first one that explains all wrong replies is named. */
const mistakes: readonly (readonly [hint: string, explains: (answer: Answered) => boolean])[] = [
  [
    '`error` is set though there is a result: leave it empty',
    ({ n, value, error }) => error !== '' && value === factorials[n],
  ],
  ['a number whose factorial fits `value` is refused: the limit is too low', ({ error }) => error !== ''],
  ['the product begins with 0 or is never returned: begin with 1', ({ value }) => value === 0n],
  ['the loop stops one short: it includes n', ({ n, value }) => value === factorials[n - 1]],
  [
    'the loop goes one too far: it ends with n',
    ({ n, value }) => value === BigInt.asIntN(64, (factorials[n] ?? 0n) * BigInt(n + 1)),
  ],
  ['Fact replies with the stored value, not with its factorial', ({ n, value }) => value === BigInt(n)],
  ['the sum of 1 to n, not the product', ({ n, value }) => value === BigInt((n * (n + 1)) / 2)],
  ['a number of 32 bits holds 12! at most: `value` is an int64', isNarrow],
  ['the product went through a float, which rounds: multiply whole numbers', isRounded],
];

function explain(wrong: readonly Answered[]): string | undefined {
  return mistakes.find(([, explains]) => wrong.every(explains))?.[0];
}

function isNarrow({ n, value }: Answered): boolean {
  const factorial = factorials[n] ?? 0n;
  const held = [BigInt.asIntN(32, factorial), BigInt.asUintN(32, factorial), 2n ** 31n - 1n, -(2n ** 31n)];
  return n > 12 && held.includes(value);
}

/** A float of 32 bits is off by 1 in 10^7, one of 64 bits by less. */
function isRounded({ n, value }: Answered): boolean {
  const factorial = factorials[n] ?? 0n;
  const off = value > factorial ? value - factorial : factorial - value;
  return n > 3 && off * 10_000n < factorial;
}
