import { mkdir, open, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { unavailable } from '../ledger.ts';
import type { StoreStats } from '../store.ts';
import { openLmdbFile } from './file.ts';
import { verifyLmdbStore } from './verify.ts';

/**
 * Copies the last commit of the store in `from` to the directory `to`, which is made, or is empty. A store that is
 * in use goes on meanwhile. Both are verified; what is returned is what the copy holds.
 * @throws NumStoreError STORE_UNAVAILABLE, STORE_CORRUPT
 */
export async function backupLmdbStore(from: string, to: string): Promise<StoreStats> {
  await verifyLmdbStore(from);
  await makeEmptyDirectory(to);
  const file = await openLmdbFile(from, { readOnly: true });
  try {
    await file.copyTo(to);
  } catch (cause) {
    throw unavailable(`The copy to ${resolve(to)} failed: is there room?`, cause);
  } finally {
    await file.close();
  }
  await sync(join(to, 'data.mdb'));
  await sync(to);
  return verifyLmdbStore(to);
}

async function makeEmptyDirectory(directory: string): Promise<void> {
  let isEmpty: boolean;
  try {
    await mkdir(directory, { recursive: true });
    isEmpty = (await readdir(directory)).length === 0;
  } catch (cause) {
    throw unavailable(`Cannot make the directory ${resolve(directory)}`, cause);
  }
  if (!isEmpty) throw unavailable(`${resolve(directory)} is not empty: a backup overwrites nothing`);
}

/** A backup that has been reported is on disk, its name included. */
async function sync(path: string): Promise<void> {
  const handle = await open(path);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
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
