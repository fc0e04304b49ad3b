import { type Beginning, checkByRevision } from './by-revision/check.ts';
import { checkBySearch, type SearchVerdict } from './by-search/check.ts';
import { type CacheRuleOptions, checkCacheRule } from './cache-rule.ts';
import { rootOf } from './factorials.ts';
import type { History } from './history.ts';
import { isFactorialAnswer } from './operation.ts';
import { createFindings, type Verdict } from './verdict.ts';

/** What is known about the run that a history records. */
export interface CheckOptions extends CacheRuleOptions, Beginning {
  /** whether the server told the revisions of its writes; else the order is searched */
  readonly hasRevisions: boolean;
  /** whether there was one server, and so one cache; several have one each, and nobody knows who answered @default true */
  readonly hasOneCache?: boolean | undefined;
  /** what a full read found after the run */
  readonly finalRead?: FinalRead | undefined;
  /** why there is none though there should be: then the final total is UNDECIDED */
  readonly doubt?: string | undefined;
  /** how many steps a search may take @default 20 000 000 */
  readonly stepsMax?: number | undefined;
}

/** The verdict on a run, part by part; undefined: there was nothing to judge. */
export interface HistoryVerdict {
  /** one order explains every answer; a search shows the part that none explains */
  readonly order: Verdict | SearchVerdict;
  readonly factorials: Verdict;
  readonly cache: Verdict | undefined;
  readonly finalTotal: Verdict | undefined;
  /** whether every part is valid: UNDECIDED is no pass */
  readonly isValid: boolean;
}

/** Judges a whole run. */
export function checkHistory(history: History, options: CheckOptions): HistoryVerdict {
  const order = options.hasRevisions ? checkByRevision(history, options) : checkBySearch(history, options);
  const factorials = checkFactorials(history);
  const cache = options.hasOneCache === false ? undefined : judgeCache(history, options, order);
  const finalTotal = judgeFinalTotal(options);
  const parts = [order, factorials, cache, finalTotal].filter((part) => part !== undefined);
  return { order, factorials, cache, finalTotal, isValid: parts.every(({ kind }) => kind === 'valid') };
}

/** Revisions that are not ours tell that somebody else writes; who does may fill the cache as well, which nobody sees. */
function judgeCache(history: History, options: CheckOptions, order: HistoryVerdict['order']): Verdict {
  const verdict = checkCacheRule(history, options);
  const isShared = options.hasRevisions && order.kind === 'undecided';
  if (!isShared || verdict.kind !== 'invalid') return verdict;
  const [{ sentence } = { sentence: '' }] = verdict.violations;
  return { kind: 'undecided', reason: `${sentence}, unless somebody else asks for factorials` };
}

function judgeFinalTotal({ finalRead, doubt }: CheckOptions): Verdict | undefined {
  if (doubt !== undefined) return { kind: 'undecided', reason: doubt };
  return finalRead === undefined ? undefined : checkFinalTotal(finalRead);
}

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
