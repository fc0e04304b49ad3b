import { backupLmdbStore } from './lmdb/backup.ts';
import { verifyLmdbStore } from './lmdb/verify.ts';
import type { StoreStats } from './store.ts';

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
