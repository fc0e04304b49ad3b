import { type CacheRuleOptions, checkCacheRule } from './cache-rule.ts';
import { checkFactorials } from './factorials.ts';
import { checkFinalTotal, type FinalRead } from './final-total.ts';
import type { History } from './history.ts';
import { checkByRevision } from './revision/check.ts';
import type { Beginning } from './revision/replay.ts';
import { checkBySearch } from './search/check.ts';
import type { Verdict } from './verdict.ts';

/** What is known about the run that a history records. */
export interface ProofOptions extends CacheRuleOptions, Beginning {
  /** whether the server told the revisions of its writes; else the order is searched */
  readonly hasRevisions: boolean;
  /** what a full read found after the run */
  readonly finalRead?: FinalRead | undefined;
  /** how many steps a search may take @default 20 000 000 */
  readonly stepsMax?: number | undefined;
}

/** What was proven of a run, part by part. */
export interface Proof {
  /** one order explains every answer */
  readonly order: Verdict;
  readonly factorials: Verdict;
  readonly cache: Verdict;
  /** undefined: there was no full read */
  readonly finalTotal: Verdict | undefined;
  /** whether every part is valid: UNDECIDED is no pass */
  readonly isProven: boolean;
}

/** Judges a whole run. */
export function proveHistory(history: History, options: ProofOptions): Proof {
  const { hasRevisions, finalRead } = options;
  const order = hasRevisions ? checkByRevision(history, options) : checkBySearch(history, options);
  const factorials = checkFactorials(history);
  const cache = checkCacheRule(history, options);
  const finalTotal = finalRead === undefined ? undefined : checkFinalTotal(finalRead);
  const parts =
    finalTotal === undefined ? [order, factorials, cache] : [order, factorials, cache, finalTotal];
  return { order, factorials, cache, finalTotal, isProven: parts.every(({ kind }) => kind === 'valid') };
}
