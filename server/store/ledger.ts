import { NumStoreError } from '../errors.ts';
import type { StoreStats } from './store.ts';

const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;

/** What a store knows about all of its entries, kept up to date write by write. */
export type Ledger = StoreStats;

/** The ledger of a store without entries that was never written to. */
export const emptyLedger: Ledger = { keys: 0, total: 0n, revision: 0n };

/**
 * The ledger after the value of one key goes from `before` to `after`; `undefined` is a missing key. The total is
 * adjusted by the difference, never summed anew.
 * @throws NumStoreError OVERFLOW if the total does not fit an int64
 */
export function nextLedger(ledger: Ledger, before: bigint | undefined, after: bigint | undefined): Ledger {
  const total = ledger.total - (before ?? 0n) + (after ?? 0n);
  if (!isInt64(total)) throw overflow('total', total);
  const existed = before === undefined ? 0 : 1;
  const exists = after === undefined ? 0 : 1;
  return { keys: ledger.keys - existed + exists, total, revision: ledger.revision + 1n };
}

/**
 * The value after `delta` is added; a missing value counts as 0.
 * @throws NumStoreError OVERFLOW if it does not fit an int64
 */
export function addToValue(value: bigint | undefined, delta: bigint): bigint {
  const sum = (value ?? 0n) + delta;
  if (!isInt64(sum)) throw overflow('value', sum);
  return sum;
}

function isInt64(value: bigint): boolean {
  return value >= int64Min && value <= int64Max;
}

function overflow(what: 'value' | 'total', result: bigint): NumStoreError {
  return new NumStoreError(
    'OVERFLOW',
    `The ${what} would be ${result}, which no int64 holds; nothing was changed`,
  );
}
