import { NumStoreError } from '../domain/errors.ts';
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
 * @throws NumStoreError STORE_FULL if there would be more keys than `keysMax`; OVERFLOW if the total does not fit an int64
 */
export function nextLedger(
  ledger: Ledger,
  before: bigint | undefined,
  after: bigint | undefined,
  keysMax: number,
): Ledger {
  const isNew = before === undefined && after !== undefined;
  if (isNew && ledger.keys >= keysMax) throw storeFull(keysMax);
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

/** What a write is told that would add a key to a store that holds `keysMax` of them, or more. */
export function storeFull(keysMax: number): NumStoreError {
  return new NumStoreError(
    'STORE_FULL',
    `The store may hold ${keysMax} keys and does; nothing was changed. Delete keys, or raise --max-keys`,
  );
}

export function isInt64(value: bigint): boolean {
  return value >= int64Min && value <= int64Max;
}

function overflow(what: 'value' | 'total', result: bigint): NumStoreError {
  return new NumStoreError(
    'OVERFLOW',
    `The ${what} would be ${result}, which no int64 holds; nothing was changed`,
  );
}

/** A store that cannot be opened or reached; `message` says what to do about it. */
export function unavailable(message: string, cause?: unknown): NumStoreError {
  return new NumStoreError('STORE_UNAVAILABLE', message, { cause });
}
