import { constants } from 'node:os';
import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';
import type { Key } from '../../domain/key.ts';
import { emptyLedger, type Ledger, unavailable } from '../ledger.ts';
import type { Position } from '../listing.ts';
import type { Entry } from '../store.ts';
import { assertFileRights, dataFile, hasRoom, lockFile } from './directory.ts';
import {
  corrupt,
  decodeEntry,
  decodeKey,
  decodeLedger,
  encodeEntry,
  encodeKey,
  encodeLedger,
  ledgerKey,
  toReadFault,
} from './format.ts';
import { rememberFiles, replaced } from './in-place.ts';

/** The new value of each key that a batch touches; `undefined` takes the key out. */
type Changes = ReadonlyMap<Key, bigint | undefined>;

/** What is committed, and the way to commit more. Reading is synchronous and sees the last commit. */
export interface LmdbFile {
  /** @throws NumStoreError STORE_CORRUPT */
  get(key: Key): bigint | undefined;
  /** @throws NumStoreError STORE_CORRUPT */
  ledger(): Ledger;
  /** @throws NumStoreError STORE_CORRUPT */
  page(from: Position, count: number): Entry[];
  /**
   * Writes all of it in one transaction; on disk when it resolves. Not while another commit is under way.
   * @throws Error with the `code` of the system call that failed, if one did; NumStoreError STORE_UNAVAILABLE if
   *   what was written went to a file that is no longer in its place
   */
  commit(changes: Changes, ledger: Ledger): Promise<void>;
  /**
   * Checks that the files are still those that were opened, and hold `committed`.
   * @throws NumStoreError STORE_UNAVAILABLE, STORE_CORRUPT
   */
  assertInPlace(committed: Ledger): void;
  /** Copies the last commit, as one file, into an existing directory. */
  copyTo(directory: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the file in `directory`, which exists, and makes it if there is none. A damaged file can end the process
 * with a signal: see check.ts.
 * @throws NumStoreError STORE_UNAVAILABLE if this process has not the rights to its files
 */
export async function openLmdbFile(directory: string, { readOnly = false } = {}): Promise<LmdbFile> {
  const { open } = await importLmdb();
  await assertFileRights(directory, readOnly);
  const database: RootDatabase<Buffer, Buffer> = open({
    path: directory,
    // Otherwise a dot in the directory's name makes it the name of a file.
    noSubdir: false,
    readOnly,
    // Documented to resolve a commit only when it is on disk.
    overlappingSync: false,
    // Batches are ours (group-commit.ts): nothing is gained by lmdb waiting for more.
    eventTurnBatching: false,
    encoding: 'binary',
    keyEncoding: 'binary',
    cache: false,
    maxDbs: 1,
  });
  const files = readOnly ? [] : [dataFile, lockFile].map((name) => join(directory, name));
  return createLmdbFile(database, directory, rememberFiles(files));
}

async function importLmdb(): Promise<typeof import('lmdb')> {
  try {
    return await import('lmdb');
  } catch (cause) {
    throw unavailable(
      'The lmdb store needs the package lmdb, which is not installed: npm install lmdb',
      cause,
    );
  }
}

function createLmdbFile(
  database: RootDatabase<Buffer, Buffer>,
  directory: string,
  assertFiles: () => void,
): LmdbFile {
  const ledger = reading(() => readLedger(database));
  return {
    get: reading((key: Key) => {
      const at = encodeKey(key);
      // The bytes are lmdb's own until the next get: decoded here, never handed out.
      const bytes = database.getBinaryFast(at);
      return bytes === undefined ? undefined : decodeEntry(at, bytes);
    }),

    ledger,

    page: reading(({ key, inclusive }: Position, count: number) => {
      const entries: Entry[] = [];
      const range = database.getRange({ start: encodeKey(key), exclusiveStart: !inclusive, limit: count });
      for (const { key: at, value } of range) {
        const bytes = asBuffer(at);
        entries.push({ key: decodeKey(bytes), value: decodeEntry(bytes, value) });
      }
      return entries;
    }),

    async commit(changes, after) {
      try {
        await writeBatch(database, changes, after);
      } catch (error) {
        throw await commitFault(await causeOf(error), directory);
      } finally {
        // Reads reuse a snapshot for a turn of the event loop; from here on they must see this commit.
        database.resetReadTxn();
      }
      assertFiles();
    },

    assertInPlace(committed) {
      assertFiles();
      const { revision, total } = ledger();
      if (revision !== committed.revision || total !== committed.total)
        throw replaced(join(directory, dataFile));
    },

    copyTo: (to) => database.backup(to, false),

    close: () => database.close(),
  };
}

function readLedger(database: RootDatabase<Buffer, Buffer>): Ledger {
  const bytes = database.get(ledgerKey);
  if (bytes !== undefined) return decodeLedger(bytes);
  for (const _ of database.getKeys({ start: ledgerKey, limit: 1 })) {
    throw corrupt('the record of its total is missing');
  }
  return emptyLedger;
}

async function writeBatch(
  database: RootDatabase<Buffer, Buffer>,
  changes: Changes,
  ledger: Ledger,
): Promise<void> {
  // All is encoded before the batch begins: a throw inside would commit half of it.
  const puts: [Buffer, Buffer][] = [[ledgerKey, encodeLedger(ledger)]];
  const removals: Buffer[] = [];
  for (const [key, value] of changes) {
    const at = encodeKey(key);
    if (value === undefined) removals.push(at);
    else puts.push([at, encodeEntry(at, value)]);
  }
  await database.batch(() => {
    for (const [at, bytes] of puts) database.put(at, bytes);
    for (const at of removals) database.remove(at);
  });
}

/** Reads with `read`; what lmdb itself finds wrong with the file is a fault of the store. */
function reading<Args extends unknown[], T>(read: (...args: Args) => T): (...args: Args) => T {
  return (...args) => {
    try {
      return read(...args);
    } catch (error) {
      throw toReadFault(error);
    }
  };
}

/** lmdb answers Uint8Arrays as keys. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** lmdb rejects a batch with an error whose `commitError` is a promise that rejects with the cause. */
async function causeOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error;
  try {
    await error.commitError;
    return error;
  } catch (cause) {
    return cause;
  }
}

/** lmdb calls it an I/O error when the disk takes only part of a write. If there is no room left, that was why. */
async function commitFault(error: unknown, directory: string): Promise<unknown> {
  const isIoError = error instanceof Error && 'code' in error && error.code === constants.errno.EIO;
  if (!isIoError) return error;
  if (await hasRoom(directory)) return error;
  return Object.assign(new Error('no space left on device', { cause: error }), {
    code: constants.errno.ENOSPC,
  });
}
