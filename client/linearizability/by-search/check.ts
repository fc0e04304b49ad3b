import type { History } from '../history.ts';
import type { Operation } from '../operation.ts';
import { createFindings, type Verdict } from '../verdict.ts';
import { relevantOperations } from './events.ts';
import { type SearchResult, type Start, searchOrder } from './search.ts';
import { shrinkOffence } from './shrink.ts';

/** Enough for a hundred thousand operations of 64 clients of which few are ambiguous: some seconds. */
const stepsMaxDefault = 20_000_000;
/** To make an offence smaller takes many searches: one that takes long is given up, and that step not made. */
const shrinkStepsMax = 50_000;

/** What a judgement by search may take for granted, and how long it may take. */
export interface SearchOptions extends Partial<Start> {
  /** so many steps of the search, then UNDECIDED @default 20 000 000 */
  readonly stepsMax?: number | undefined;
}

/** UNDECIDED: the search was given up; INVALID comes with an offending part that is as small as we can show. */
export type SearchVerdict =
  | Exclude<Verdict, { readonly kind: 'invalid' }>
  | (Extract<Verdict, { readonly kind: 'invalid' }> & { readonly offence: Offence });

/** A beginning of the history, without what is not needed, that no order explains. */
interface Offence {
  readonly operations: readonly Operation[];
  /** how many of them the best order explains, */
  readonly explained: number;
  /** and those of which none can come next */
  readonly stuck: readonly Operation[];
}

/** Judges the history of a server that tells no revisions: searches one order that explains every answer. */
export function checkBySearch(history: History, options: SearchOptions = {}): SearchVerdict {
  const start: Start = { held: options.held ?? 'absent', total: options.total };
  const stepsMax = options.stepsMax ?? stepsMaxDefault;
  const operations = relevantOperations(history);
  const search = (candidate: readonly Operation[], limit: number): SearchResult =>
    searchOrder(candidate, start, limit);
  const { kind } = search(operations, stepsMax);
  switch (kind) {
    case 'found':
      return { kind: 'valid' };
    case 'too-much':
      return { kind: 'undecided', reason: `no order was found or excluded within ${stepsMax} steps` };
    case 'none':
      return accuse(
        history,
        describeOffence(
          shrinkOffence(operations, (each) => search(each, shrinkStepsMax)),
          (each) => search(each, stepsMax),
        ),
      );
  }
}

function describeOffence(
  operations: readonly Operation[],
  search: (candidate: readonly Operation[]) => SearchResult,
): Offence {
  const result = search(operations);
  if (result.kind !== 'none') return { operations, explained: 0, stuck: [] };
  const stuck = result.stuck.flatMap((at) => operations[at] ?? []);
  return { operations, explained: result.longest.length, stuck };
}

function accuse(history: History, offence: Offence): SearchVerdict {
  const findings = createFindings();
  const { operations, explained, stuck } = offence;
  const sentence = `no order explains these ${operations.length} answers: after ${explained} of them none of ${stuck.length} can come next`;
  findings.violate(sentence, indexesOf(history, stuck));
  const verdict = findings.verdict();
  return verdict.kind === 'invalid' ? { ...verdict, offence } : verdict;
}

/** Where these operations are in the history; an operation that was cut to "unknown" is still the one that began then. */
function indexesOf(history: History, operations: readonly Operation[]): number[] {
  const identity = ({ kind, key, start, argument }: Operation) => `${kind} ${key} ${start} ${argument}`;
  const wanted = new Set(operations.map(identity));
  const found: number[] = [];
  for (let at = 0; at < history.length; at++) if (wanted.has(identity(history.at(at)))) found.push(at);
  return found;
}
