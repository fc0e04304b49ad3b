import { NumStoreError } from '../../domain/errors.ts';
import type { Key } from '../../domain/key.ts';
import { type Ledger, unavailable } from '../ledger.ts';

/*
 * What lies in the file. An entry: the byte 0x01 and the key in UTF-8 (lmdb knows no empty keys) -> the value, big
 * endian, and a checksum over both. The ledger: the byte 0x00 -> version, total, keys, revision, checksum.
 * lmdb's pages have no checksums, and a flipped bit would otherwise be answered as a number.
 */
const version = 1;
const versionBytes = 4;
/** Formats are numbered one by one: a number beyond this is damage. */
const versionMax = 0xffff;
const entryTag = 0x01;
const valueBytes = 8;
const entryBytes = valueBytes + 4;
const ledgerBytes = 4 + 8 + 8 + 8 + 4;

/** Where the ledger lies, before all entries. */
export const ledgerKey: Buffer = Buffer.from([0x00]);

/** Where the entry of `key` lies; byte order among these is byte order among keys. */
export function encodeKey(key: string): Buffer {
  const bytes = Buffer.allocUnsafe(1 + Buffer.byteLength(key));
  bytes[0] = entryTag;
  bytes.write(key, 1);
  return bytes;
}

/** A Key again: what is in the file was checked before it went in, and its checksum says it is still that. */
export function decodeKey(bytes: Buffer): Key {
  return bytes.toString('utf8', 1) as Key;
}

export function encodeEntry(key: Buffer, value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(entryBytes);
  bytes.writeBigInt64BE(value, 0);
  bytes.writeInt32BE(checksum(key, key.length, checksum(bytes, valueBytes)), valueBytes);
  return bytes;
}

/** @throws NumStoreError STORE_CORRUPT if the checksum does not belong to key and value */
export function decodeEntry(key: Buffer, bytes: Buffer): bigint {
  const expected = bytes.length === entryBytes && bytes.readInt32BE(valueBytes);
  if (expected !== checksum(key, key.length, checksum(bytes, valueBytes))) {
    throw corrupt(`the entry of key ${JSON.stringify(decodeKey(key))} is damaged`);
  }
  return bytes.readBigInt64BE(0);
}

export function encodeLedger({ total, keys, revision }: Ledger): Buffer {
  const bytes = Buffer.allocUnsafe(ledgerBytes);
  bytes.writeUInt32BE(version, 0);
  bytes.writeBigInt64BE(total, 4);
  bytes.writeBigUInt64BE(BigInt(keys), 12);
  bytes.writeBigUInt64BE(revision, 20);
  bytes.writeInt32BE(checksum(bytes, 28), 28);
  return bytes;
}

/**
 * The version comes before the length: a newer one may be of any length.
 * @throws NumStoreError STORE_CORRUPT if it is damaged, STORE_UNAVAILABLE if it is of a newer version
 */
export function decodeLedger(bytes: Buffer): Ledger {
  const found = bytes.length < versionBytes ? 0 : bytes.readUInt32BE(0);
  if (found > version && found <= versionMax && !isIntact(withVersion(bytes, version))) throw newer(found);
  if (found !== version || !isIntact(bytes)) throw corrupt('the record of its total is damaged');
  return {
    total: bytes.readBigInt64BE(4),
    keys: Number(bytes.readBigUInt64BE(12)),
    revision: bytes.readBigUInt64BE(20),
  };
}

function isIntact(bytes: Buffer): boolean {
  return bytes.length === ledgerBytes && bytes.readInt32BE(28) === checksum(bytes, 28);
}

/** If this is intact, a flipped bit has made the version look newer. */
function withVersion(bytes: Buffer, other: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt32BE(other, 0);
  return copy;
}

/** lmdb marks its file with these bytes and a version of its own; 0.9 wrote them 8 bytes further ahead. */
const lmdbMark = 0xbeef_c0de;
const lmdbMarkAt = 24;
const lmdbMarkBefore = 16;
const lmdbVersion = 2;
/** Bytes at the start of the data file that tell which lmdb wrote it. */
export const headBytes = 32;

/**
 * Refuses a file of another version of lmdb, which would end the process that reads it with a signal.
 * @throws NumStoreError STORE_UNAVAILABLE
 */
export function assertLmdbVersion(head: Buffer): void {
  const isCurrent = head.readUInt32LE(lmdbMarkAt) === lmdbMark;
  const isBefore = head.readUInt32LE(lmdbMarkBefore) === lmdbMark;
  const found = head.readUInt32LE((isBefore ? lmdbMarkBefore : lmdbMarkAt) + 4);
  if (!(isBefore || (isCurrent && found !== lmdbVersion))) return;
  throw unavailable(
    `The file is of lmdb's format ${found}, and this NumStore reads lmdb's format ${lmdbVersion}: start the ` +
      'release that wrote it. It is not damaged, and nothing was changed',
  );
}

function newer(found: number): NumStoreError {
  return unavailable(
    `The lmdb store has format ${found}, and this NumStore reads format ${version}: start the release that ` +
      'wrote it, or a newer one. It is not damaged, and nothing was changed',
  );
}

/** A store that contradicts itself, and the way out. */
export function corrupt(what: string, cause?: unknown): NumStoreError {
  const message = `The lmdb store is corrupt: ${what}. Restore it from a backup`;
  return new NumStoreError('STORE_CORRUPT', message, { cause });
}

/** What a failed read means: lmdb's own codes, which are negative, tell of the file, the others of the system. */
export function toReadFault(error: unknown): NumStoreError {
  if (error instanceof NumStoreError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const isOfSystem = error instanceof Error && 'code' in error && Number(error.code) > 0;
  return isOfSystem ? unavailable(`The store cannot be read: ${message}`, error) : corrupt(message, error);
}

const fnvPrime = 0x0100_0193;
const fnvBasis = 0x811c_9dc5;

/** FNV-1a, 32 bits, signed: it finds flipped bits, and costs less than a call into native code. */
function checksum(bytes: Buffer, end: number, basis: number = fnvBasis): number {
  let hash = basis | 0;
  for (let at = 0; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), fnvPrime);
  return hash;
}
