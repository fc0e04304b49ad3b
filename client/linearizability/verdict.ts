/** One contradiction between what was answered and what one order could answer. */
interface Violation {
  readonly sentence: string;
  /** the operations that contradict each other, as indexes into the history */
  readonly operations: readonly number[];
}

/** UNDECIDED is never a pass: it says what was missing for a judgement. */
export type Verdict =
  | { readonly kind: 'valid' }
  | { readonly kind: 'invalid'; readonly violations: readonly Violation[]; readonly count: number }
  | { readonly kind: 'undecided'; readonly reason: string };

/** So many violations are kept to be shown; the rest are counted. */
const keptMax = 10;

/** Gathers what speaks against a history. */
export interface Findings {
  violate(sentence: string, operations: readonly number[]): void;
  /** Notes why a judgement is not possible; the first reason is the one that is told. */
  doubt(reason: string): void;
  verdict(): Verdict;
}

/** A violation weighs more than a doubt: it is there whatever else may be unknown. */
export function createFindings(): Findings {
  const violations: Violation[] = [];
  let count = 0;
  let doubted: string | undefined;
  return {
    violate: (sentence, operations) => {
      count++;
      if (violations.length < keptMax) violations.push({ sentence, operations });
    },
    doubt: (reason) => {
      doubted ??= reason;
    },
    verdict: () => {
      if (count > 0) return { kind: 'invalid', violations, count };
      return doubted === undefined ? { kind: 'valid' } : { kind: 'undecided', reason: doubted };
    },
  };
}
