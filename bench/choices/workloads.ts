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

const exerciseMax = 15;

/**
 * Three times what the cache holds: some calls hit, most compute. With the exercise's 15 the cache answers so much that the
 * threads hardly show.
 */
const largeCount = 30;
const largeMin = 2000;
const largeMax = 20_000;
const largeStep = (largeMax - largeMin) / (largeCount - 1);

export const workloads = [
  {
    name: 'exercise',
    title: 'The exercise: values 1 to 15, SetNum and Fact',
    shortTitle: 'The exercise: 1 to 15',
    fact: 'Fact',
    values: Array.from({ length: exerciseMax }, (_, index) => BigInt(index + 1)),
  },
  {
    name: 'large',
    title: 'Large: 30 values from 2 000 to 20 000, SetNum and FactExact',
    shortTitle: 'Large: 2 000 to 20 000',
    fact: 'FactExact',
    values: Array.from({ length: largeCount }, (_, index) =>
      BigInt(Math.round(largeMin + index * largeStep)),
    ),
  },
] as const satisfies readonly Workload[];

export type WorkloadName = (typeof workloads)[number]['name'];

/** As many as in the exercise. */
const keyCount = 100;

export const keysOf = (workload: WorkloadName): readonly string[] =>
  Array.from({ length: keyCount }, (_, index) => `${workload}-${index}`);

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
