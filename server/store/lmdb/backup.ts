import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { unavailable } from '../ledger.ts';
import type { StoreStats } from '../store.ts';
import { dataFile, giveTo, syncToDisk } from './directory.ts';
import { openLmdbFile } from './file.ts';
import { verifyLmdbStore } from './verify.ts';

/**
 * Copies the last commit of the store in `from` to the directory `to`, which is made, or holds no store. A store that
 * is in use goes on meanwhile. Both are verified; what is returned is what the copy holds. The copy belongs to
 * the owner of its directory, whichever user runs the backup: a backup by root can be opened by the server's user, and so can a
 * restore, which is a backup in the other direction.
 * @throws NumStoreError STORE_UNAVAILABLE, STORE_CORRUPT
 */
export async function backupLmdbStore(from: string, to: string): Promise<StoreStats> {
  await verifyLmdbStore(from);
  await makeDirectoryLike(from, to);
  await copyInto(from, to);
  return verifyLmdbStore(to);
}

/** Makes `to` and the parents that it lacks, for the owner of `from`. */
async function makeDirectoryLike(from: string, to: string): Promise<void> {
  try {
    const first = await mkdir(to, { recursive: true });
    if (first === undefined) return;
    const owner = await stat(from);
    for (let made = resolve(to); made.length >= resolve(first).length; made = dirname(made)) {
      await giveTo(owner, made);
    }
    await syncToDisk(dirname(resolve(first)));
  } catch (cause) {
    throw unavailable(`Cannot make the directory ${resolve(to)}`, cause);
  }
}

async function copyInto(from: string, to: string): Promise<void> {
  if ((await readdir(to)).some((name) => name.endsWith('.mdb'))) {
    throw unavailable(`${resolve(to)} is not empty, it holds a store: a backup overwrites nothing`);
  }
  const copy = join(to, dataFile);
  const file = await openLmdbFile(from, { readOnly: true });
  try {
    await file.copyTo(to);
  } catch (cause) {
    // Half a copy would be taken for a store, and keep the next attempt out.
    await rm(copy, { force: true });
    throw unavailable(`The copy to ${resolve(to)} failed: is there room?`, cause);
  } finally {
    await file.close();
  }
  await giveTo(await stat(to), copy);
  // A backup that has been reported is on disk, its name included.
  await syncToDisk(copy);
  await syncToDisk(to);
}

/** The commands of the server beside serving, which look after a store on disk: each answers what there is to say. */
export const storeCommands = {
  /** Copies a store, in use or not, and verifies the copy. */
  backup,
  /** Reads a whole store, in use or not, and compares its total with the sum of its values. */
  verify,
} as const;

async function backup([from = '', to = '']: readonly string[]): Promise<string> {
  return `${to} is a sound copy of ${from}: ${describe(await backupLmdbStore(from, to))}`;
}

async function verify([directory = '']: readonly string[]): Promise<string> {
  return `${directory} is sound: ${describe(await verifyLmdbStore(directory))}`;
}

function describe({ keys, total, revision }: StoreStats): string {
  return `${keys} keys, total ${total}, revision ${revision}`;
}
