/** A table of the small factorials: looking one up takes less than starting any computation. */
import { bigIntToBytes } from './bytes.ts';

/** The largest n in the table, whose bytes are about half a megabyte in all. */
export const SMALL_N_MAX = 1000;

/** It grows to the largest n that was asked for: all of it takes 8 ms in a new thread. */
const table: Uint8Array<ArrayBuffer>[] = [];
let latest = 1n;

/** n! for n from 0 to SMALL_N_MAX as unsigned big-endian bytes, a fresh copy. */
export function smallFactorial(n: number): Uint8Array<ArrayBuffer> {
  const bytes = n <= SMALL_N_MAX ? entry(n) : undefined;
  if (bytes === undefined) throw new RangeError(`Expected n from 0 to ${SMALL_N_MAX}, got ${n}`);
  return bytes.slice();
}

function entry(n: number): Uint8Array<ArrayBuffer> | undefined {
  for (let next = table.length; next <= n; next++) {
    latest *= BigInt(Math.max(1, next));
    table.push(Uint8Array.from(bigIntToBytes(latest)));
  }
  return table[n];
}
