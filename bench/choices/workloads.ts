/** What the load sends: the exercise's run, and the same with numbers whose factorials take a while. */

export interface Workload {
  readonly name: string;
  readonly title: string;
  /** Where there is no room for the other. */
  readonly shortTitle: string;
  /** How a factorial is asked for. */
  readonly fact: 'Fact' | 'FactExact';
  /** What SetNum stores, each equally likely. */
  readonly values: readonly bigint[];
}

/** As many values as the exercise has. */
const valueCount = 15;
const largeMin = 2000;
const largeMax = 20_000;

const numbers = Array.from({ length: valueCount }, (_, index) => index);

export const workloads = [
  {
    name: 'exercise',
    title: 'The exercise: values 1 to 15, SetNum and Fact',
    shortTitle: 'The exercise: 1 to 15',
    fact: 'Fact',
    values: numbers.map((index) => BigInt(index + 1)),
  },
  {
    name: 'large',
    title: 'Large: 15 values from 2 000 to 20 000, SetNum and FactExact',
    shortTitle: 'Large: 2 000 to 20 000',
    fact: 'FactExact',
    values: numbers.map((index) =>
      BigInt(Math.round(largeMin + (index * (largeMax - largeMin)) / (valueCount - 1))),
    ),
  },
] as const satisfies readonly Workload[];

export type WorkloadName = (typeof workloads)[number]['name'];

/** As in the exercise. */
export const keysOf = (workload: WorkloadName): readonly string[] =>
  Array.from({ length: 100 }, (_, index) => `${workload}-${index}`);

/** n!, by a multiplication of its own: the judge shares no code with the judged. */
export function factorial(n: bigint): bigint {
  return product(1n, n);
}

/** The product of all integers from `from` to `to`, halved again and again so that both factors are about as long. */
function product(from: bigint, to: bigint): bigint {
  if (from > to) return 1n;
  if (from === to) return from;
  const middle = (from + to) / 2n;
  return product(from, middle) * product(middle + 1n, to);
}

/** A positive number as unsigned big-endian bytes, as FactExact streams it. */
export function toBytes(value: bigint): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}
