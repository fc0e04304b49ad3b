import { createFindings, type Verdict } from './verdict.ts';

/** What a full read at rest found: with nothing in flight, after the history. */
export interface FinalRead {
  /** what the last answer of a write said, or GetStats does */
  readonly total: bigint;
  /** every value of our keys */
  readonly values: Iterable<bigint>;
  /** what the keys of others add up to: total minus ours when the history began */
  readonly foreign: bigint;
}

/** Whether the total is the sum of a full read. */
export function checkFinalTotal({ total, values, foreign }: FinalRead): Verdict {
  const findings = createFindings();
  let sum = foreign;
  for (const value of values) sum += value;
  if (sum !== total) findings.violate(`the total is ${total}, but the values add up to ${sum}`, []);
  return findings.verdict();
}
