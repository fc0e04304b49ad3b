import type { History } from './history.ts';
import type { Operation } from './operation.ts';
import type { Verdict } from './verdict.ts';

/** What a person wants to see of keys and times. */
export interface Naming {
  /** the key as it was sent; `k7` where it is not given */
  readonly key?: (key: number) => string;
}

/** `SetNum k7=5 -> total 12 (revision 3)`. */
export function describeOperation(operation: Operation, { key = (id) => `k${id}` }: Naming = {}): string {
  const call = describeCall(operation, key(operation.key));
  const revision = operation.revision > 0 ? ` (revision ${operation.revision})` : '';
  return `${call} -> ${describeAnswer(operation)}${revision}`;
}

function describeCall({ kind, argument }: Operation, key: string): string {
  switch (kind) {
    case 'setNum':
      return `SetNum ${key}=${argument}`;
    case 'addNum':
      return `AddNum ${key}+=${argument}`;
    case 'deleteNum':
      return `DeleteNum ${key}`;
    case 'getNum':
      return `GetNum ${key}`;
    case 'fact':
      return `Fact ${key}`;
  }
}

function describeAnswer({ kind, outcome, value, total, found, hit }: Operation): string {
  if (outcome !== 'ok') return outcome;
  switch (kind) {
    case 'setNum':
      return `total ${total}`;
    case 'addNum':
      return `value ${value}, total ${total}`;
    case 'deleteNum':
      return `${found ? 'deleted' : 'not there'}, total ${total}`;
    case 'getNum':
      return found ? `${value}` : 'not there';
    case 'fact':
      return found ? `${value}, ${hit ? 'hit' : 'miss'}` : 'error';
  }
}

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
