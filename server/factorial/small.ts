/** A table of the small factorials: looking one up takes less than starting any computation. */
import { bigIntToBytes } from './bytes.ts';

/** The largest n in the table, whose bytes are about half a megabyte in all. */
export const SMALL_N_MAX = 1000;

/** It grows to the largest n that was asked for: all of it takes 8 ms in a new thread. */
const table: Uint8Array[] = [];
let latest = 1n;

/** n! for n from 0 to SMALL_N_MAX as unsigned big-endian bytes, a fresh copy in shared memory. */
export function smallFactorial(n: number): Uint8Array<SharedArrayBuffer> {
  const bytes = n <= SMALL_N_MAX ? entry(n) : undefined;
  if (bytes === undefined) throw new RangeError(`Expected n from 0 to ${SMALL_N_MAX}, got ${n}`);
  const result = new Uint8Array(new SharedArrayBuffer(bytes.length));
  result.set(bytes);
  return result;
}

function entry(n: number): Uint8Array | undefined {
  for (let next = table.length; next <= n; next++) {
    latest *= BigInt(Math.max(1, next));
    table.push(bigIntToBytes(latest));
  }
  return table[n];
}
