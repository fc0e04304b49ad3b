import { NumStoreError } from '../../domain/errors.ts';
import type { Key } from '../../domain/key.ts';
import { type Ledger, unavailable } from '../ledger.ts';

/*
 * What lies in the file. An entry: the byte 0x01 and the key in UTF-8 (lmdb knows no empty keys) -> the value, big
 * endian, and a checksum over both. The ledger: the byte 0x00 -> version, total, keys, revision, checksum.
 * lmdb's pages have no checksums, and a flipped bit would otherwise be answered as a number.
 */
const version = 1;
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

/** @throws NumStoreError STORE_CORRUPT if it is damaged or of another version */
export function decodeLedger(bytes: Buffer): Ledger {
  if (bytes.length !== ledgerBytes || bytes.readInt32BE(28) !== checksum(bytes, 28)) {
    throw corrupt('the record of its total is damaged');
  }
  const found = bytes.readUInt32BE(0);
  if (found !== version) throw corrupt(`its format is version ${found}; this program reads ${version}`);
  return {
    total: bytes.readBigInt64BE(4),
    keys: Number(bytes.readBigUInt64BE(12)),
    revision: bytes.readBigUInt64BE(20),
  };
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
