import { couldSee, type Held, type Operation } from '../operation.ts';

/** What an operation would leave behind: what its key holds, and the total. */
export interface Effect {
  readonly held: Held;
  readonly total: bigint | undefined;
}

/**
 * The effect of an operation on a key that holds `held` beside this total, or undefined if it could not have answered
 * there what it answered. The total of an answer is arithmetic, `total + value - old`: with large values that are
 * drawn at random nearly every wrong candidate fails here, and nothing has to be searched.
 *
 * @param total undefined: not known yet, and learnt from the first write
 */
export function applyOperation(
  operation: Operation,
  held: Held,
  total: bigint | undefined,
): Effect | undefined {
  const after = heldAfter(operation, held);
  if (operation.outcome === 'unknown') return { held: after, total: moved(total, held, after) };
  switch (operation.kind) {
    case 'getNum':
    case 'fact':
      return couldSee(operation, held) ? { held, total } : undefined;
    case 'deleteNum':
      if (operation.found !== (held !== 'absent') && held !== 'unknown') return undefined;
      break;
    case 'addNum':
      if (after !== 'unknown' && after !== operation.value) return undefined;
      return checkTotal(operation, operation.value, moveBy(total, operation.argument));
    case 'setNum':
      break;
  }
  return checkTotal(operation, after, moved(total, held, after));
}

function heldAfter({ kind, argument }: Operation, held: Held): Held {
  switch (kind) {
    case 'setNum':
      return argument;
    case 'addNum':
      return held === 'unknown' ? held : (held === 'absent' ? 0n : held) + argument;
    case 'deleteNum':
      return 'absent';
    default:
      return held;
  }
}

function checkTotal(
  { total: answered }: Operation,
  held: Held,
  total: bigint | undefined,
): Effect | undefined {
  return total === undefined || total === answered ? { held, total: answered } : undefined;
}

function moved(total: bigint | undefined, before: Held, after: Held): bigint | undefined {
  if (before === 'unknown' || after === 'unknown') return undefined;
  return moveBy(total, numberOf(after) - numberOf(before));
}

function moveBy(total: bigint | undefined, change: bigint): bigint | undefined {
  return total === undefined ? undefined : total + change;
}

function numberOf(held: bigint | 'absent'): bigint {
  return held === 'absent' ? 0n : held;
}
