import { HpackError } from './error.ts';

/**
 * Continuation octets accepted: 28 bits beyond the prefix, far above any usable index or length.
 */
const continuationOctetsMax = 4;

/** A place in a block. Reading moves it on. */
export interface Cursor {
  readonly bytes: Buffer;
  at: number;
  readonly end: number;
}

/**
 * Reads an integer whose first octet has `prefixBits` bits for it (RFC 7541 5.1).
 * @throws HpackError if the block ends inside it or it is too large
 */
export function readInteger(cursor: Cursor, prefixBits: number): number {
  if (cursor.at >= cursor.end) throw new HpackError('A header block ends where an integer was expected');
  const prefixMax = (1 << prefixBits) - 1;
  const value = (cursor.bytes[cursor.at++] ?? 0) & prefixMax;
  return value < prefixMax ? value : readContinuation(cursor, value);
}

function readContinuation(cursor: Cursor, prefix: number): number {
  let value = prefix;
  for (let octets = 0; octets < continuationOctetsMax; octets++) {
    if (cursor.at >= cursor.end) throw new HpackError('A header block ends inside an integer');
    const octet = cursor.bytes[cursor.at++] ?? 0;
    value += (octet & 0x7f) * 2 ** (7 * octets);
    if (octet < 0x80) return value;
  }
  throw new HpackError('An integer in a header block is too large');
}

/**
 * Appends `value` to `out`, its first octet carrying `pattern` above a prefix of `prefixBits` (RFC
 * 7541 5.1).
 */
export function writeInteger(out: number[], pattern: number, prefixBits: number, value: number): void {
  const prefixMax = (1 << prefixBits) - 1;
  if (value < prefixMax) {
    out.push(pattern | value);
    return;
  }
  out.push(pattern | prefixMax);
  let rest = value - prefixMax;
  while (rest >= 0x80) {
    out.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  out.push(rest);
}
