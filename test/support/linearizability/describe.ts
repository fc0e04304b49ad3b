import type { History } from '../../../client/linearizability/history.ts';
import { describeOperation, type Naming, type Operation } from '../../../client/linearizability/operation.ts';
import type { Verdict } from '../../../client/linearizability/verdict.ts';

/** The verdict in lines: the first says the outcome, the rest show the violations with their operations. */
export function describeVerdict(verdict: Verdict, history: History, naming: Naming = {}): string {
  const { length } = history;
  switch (verdict.kind) {
    case 'valid':
      return `0 violations in ${length} operations\n`;
    case 'undecided':
      return `UNDECIDED, which is no pass: ${verdict.reason} (${length} operations)\n`;
    case 'invalid': {
      const shown = verdict.violations.map(({ sentence, operations }) =>
        [`  ${sentence}`, ...operations.map((at) => `    ${describeTimed(history.at(at), naming)}`)].join(
          '\n',
        ),
      );
      return [`${verdict.count} violations in ${length} operations`, ...shown, ''].join('\n');
    }
  }
}

function describeTimed(operation: Operation, naming: Naming): string {
  const { start, end } = operation;
  return `[${start} .. ${end}] ${describeOperation(operation, naming)}`;
}
