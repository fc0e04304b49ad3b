/** The largest n whose factorial fits an int64. */
export const factMax = 20n;

/** n! for n from 0 to 20, by the client's own multiplication: who judges shares no code with the judged. */
export const factorials: readonly bigint[] = tabulate();

function tabulate(): bigint[] {
  const table = [1n];
  for (let n = 1n; n <= factMax; n++) table.push((table.at(-1) ?? 1n) * n);
  return table;
}

/** n for n!, the larger of the two for 1; undefined for what is no factorial. */
const roots: ReadonlyMap<bigint, number> = new Map(factorials.map((factorial, n) => [factorial, n]));

/** The number whose factorial this is; 0 and 1, which an answer cannot tell apart, are both called 1. */
export function rootOf(factorial: bigint): number | undefined {
  return roots.get(factorial);
}

/**
 * Whether `value` can be the answer of a Fact at all. Which n it was cannot be known from it alone: other threads, and
 * other clients of the same server, write the same keys, values above the workload's 15 included.
 */
export function isFactorial(value: bigint): boolean {
  return roots.has(value);
}
