import { factMax, rootOf } from './factorials.ts';
import type { Operation } from './operation.ts';

/** What a key holds: a number, nothing, or what nobody told us. */
export type Held = bigint | 'absent' | 'unknown';

/**
 * Whether an answered GetNum, Fact, or DeleteNum that deleted nothing could have seen `held`. A Fact that answered an
 * error saw a missing key or a number that has no factorial in an int64: which one, its sentence does not tell us.
 */
export function couldSee({ kind, value, found }: Operation, held: Held): boolean {
  if (held === 'unknown') return true;
  if (kind === 'fact') return found ? isFactorialOf(value, held) : hasNoFactorial(held);
  return found ? held === value : held === 'absent';
}

function isFactorialOf(factorial: bigint, held: bigint | 'absent'): boolean {
  if (held === 'absent') return false;
  const root = rootOf(factorial);
  return root !== undefined && (BigInt(root) === held || (root === 1 && held === 0n));
}

function hasNoFactorial(held: bigint | 'absent'): boolean {
  return held === 'absent' || held < 0n || held > factMax;
}

/** Whether this answered operation only looked: a DeleteNum that deleted nothing did. */
export function isRead({ kind, found }: Operation): boolean {
  return kind === 'getNum' || kind === 'fact' || (kind === 'deleteNum' && !found);
}
