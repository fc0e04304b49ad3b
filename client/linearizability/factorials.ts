import type { History } from './history.ts';
import type { Operation } from './operation.ts';
import { createFindings, type Verdict } from './verdict.ts';

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

/** Whether this is the answer of a Fact that answered a factorial. */
export function isFactorialAnswer({ kind, outcome, found }: Operation): boolean {
  return kind === 'fact' && outcome === 'ok' && found;
}

/** Whether every factorial answered is the factorial of some number; of which one, the order has to tell. */
export function checkFactorials(history: History): Verdict {
  const findings = createFindings();
  for (let at = 0; at < history.length; at++) {
    const operation = history.at(at);
    if (isFactorialAnswer(operation) && rootOf(operation.value) === undefined)
      findings.violate(`${operation.value} is the factorial of no number`, [at]);
  }
  return findings.verdict();
}
