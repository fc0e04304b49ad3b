/** A table of the small factorials: looking one up takes less than starting any computation. */
import { bigIntToBytes } from './bytes.ts';

/** The largest n in the table, whose bytes are about half a megabyte in all. */
export const SMALL_N_MAX = 1000;

let table: readonly Uint8Array<ArrayBuffer>[] | undefined;

/** n! for n from 0 to SMALL_N_MAX as unsigned big-endian bytes, a fresh copy. */
export function smallFactorial(n: number): Uint8Array<ArrayBuffer> {
  table ??= makeTable();
  const bytes = table[n];
  if (bytes === undefined) throw new RangeError(`Expected n from 0 to ${SMALL_N_MAX}, got ${n}`);
  return bytes.slice();
}

function makeTable(): readonly Uint8Array<ArrayBuffer>[] {
  const entries: Uint8Array<ArrayBuffer>[] = [];
  let value = 1n;
  for (let n = 0; n <= SMALL_N_MAX; n++) {
    if (n > 1) value *= BigInt(n);
    entries.push(Uint8Array.from(bigIntToBytes(value)));
  }
  return entries;
}
