import { type ExitCode, exitCode } from '../../cli/exit.ts';
import type { Output } from '../../cli/terminal.ts';
import type { HistoryVerdict } from '../../linearizability/check.ts';
import type { History } from '../../linearizability/history.ts';
import { describeOperation, type Operation } from '../../linearizability/operation.ts';
import type { VerificationSummary } from '../report/summary.ts';
import { createKeys } from '../run/plan.ts';

/** A run that was judged. */
export interface VerifiedRun {
  readonly judged: HistoryVerdict;
  readonly history: History;
  /** writes of which nobody knows whether they took effect */
  readonly lostWrites: number;
  /** whether the order was searched, since the server tells none */
  readonly isSearched: boolean;
  readonly plan: { readonly keys: number; readonly isFresh: boolean };
}

type PartName = 'order' | 'factorials' | 'cache' | 'finalTotal';
type Part = Exclude<HistoryVerdict[PartName], undefined>;

/** More operations than this of an offence show nothing more. */
const shownMax = 30;

/** The verdict, and what led to it. */
export function summariseVerification(run: VerifiedRun): VerificationSummary {
  const { judged, history, lostWrites, isSearched } = run;
  const parts = partNames.flatMap((name) => judged[name] ?? []);
  const violations = parts.reduce((sum, part) => sum + (part.kind === 'invalid' ? part.count : 0), 0);
  const verdict = judged.isValid ? 'valid' : violations > 0 ? 'invalid' : 'undecided';
  const outcome = verdict === 'undecided' ? 'UNDECIDED, which is no pass,' : `${violations} violations`;
  return {
    verdict,
    operations: history.length,
    violations,
    lostWrites,
    by: isSearched ? 'search' : 'revision',
    lines: [
      `Verified: ${outcome} in ${history.length} operations`,
      ...partNames.flatMap((name) => describePart(name, run)),
      ...(lostWrites === 0
        ? []
        : [line('lost', `${lostWrites} writes have no answer: what they may have left was considered`)]),
    ],
  };
}

/** The section of the report on stdout. */
export function renderVerification({ lines }: VerificationSummary): string {
  return `\n${lines.join('\n')}\n`;
}

/** Says on stderr what makes the command fail; UNDECIDED does, too. */
export function judgeVerification(
  { verdict, lines: [headline = ''] }: VerificationSummary,
  before: ExitCode,
  stderr: Output,
): ExitCode {
  if (verdict === 'valid') return before;
  stderr.write(`numstore client: ${headline}\n`);
  return exitCode.failed;
}

const partNames = ['order', 'factorials', 'cache', 'finalTotal'] as const satisfies readonly PartName[];
const titles: Readonly<Record<PartName, string>> = {
  order: 'order',
  factorials: 'factorials',
  cache: 'cache',
  finalTotal: 'final total',
};

function describePart(name: PartName, run: VerifiedRun): readonly string[] {
  const part = run.judged[name];
  if (part === undefined) return [line(titles[name], absences[name])];
  switch (part.kind) {
    case 'valid':
      return [line(titles[name], describeValid(name, run))];
    case 'undecided':
      return [line(titles[name], `UNDECIDED: ${part.reason}`)];
    case 'invalid':
      return describeInvalid(titles[name], part, run);
  }
}

function describeValid(name: PartName, { isSearched, plan: { isFresh } }: VerifiedRun): string {
  switch (name) {
    case 'order':
      return isSearched
        ? 'one that explains every answer was found by search'
        : 'that of the revisions explains every answer, and agrees with the clock';
    case 'factorials':
      return 'every one is right';
    case 'cache':
      return `at most 10 numbers hit while none was computed${isFresh ? ', each after a miss' : ''}`;
    case 'finalTotal':
      return 'it is the sum of all values, read afterwards';
  }
}

const absences: Readonly<Record<PartName, string>> = {
  order: 'not judged',
  factorials: 'not judged',
  cache: 'not judged: each of several servers has its own',
  finalTotal: 'judged with the order, since answers were lost',
};

function describeInvalid(
  title: string,
  part: Extract<Part, { readonly kind: 'invalid' }>,
  { history, plan: { keys } }: VerifiedRun,
): readonly string[] {
  const names = createKeys(keys);
  const show = (operations: readonly Operation[], stuck: readonly Operation[] = []): readonly string[] => [
    ...(operations.length > shownMax ? [`    (${operations.length - shownMax} before these)`] : []),
    ...operations
      .slice(-shownMax)
      .map((each) => `  ${stuck.includes(each) ? '>' : ' '} ${describeTimed(each, names)}`),
  ];
  const sentences = part.violations.flatMap(({ sentence, operations }) => [
    line(title, sentence),
    // the part of the history that a search has found to be enough, those that cannot come next marked
    ...('offence' in part
      ? show(part.offence.operations, part.offence.stuck)
      : show(operations.map((at) => history.at(at)))),
  ]);
  const rest = part.count - part.violations.length;
  return rest > 0 ? [...sentences, line(title, `and ${rest} more`)] : sentences;
}

function describeTimed(operation: Operation, names: readonly string[]): string {
  const [start, end] = [operation.start, operation.end].map((ns) => (ns / 1e6).toFixed(6));
  return `[${start} .. ${end} ms] ${describeOperation(operation, { key: (key) => names[key] ?? '?' })}`;
}

function line(title: string, text: string): string {
  return `  ${title.padEnd(13)}${text}`;
}
