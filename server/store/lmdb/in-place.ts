import { type BigIntStats, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { unavailable } from '../ledger.ts';
import { hasCode } from './directory.ts';

/**
 * Remembers which files lie at `paths`. The function that it returns throws once one of them is deleted, replaced or
 * cut short: later writes to it would be lost.
 * @throws NumStoreError STORE_UNAVAILABLE, at once or later
 */
export function rememberFiles(paths: readonly string[]): () => void {
  const remembered = paths.map((path) => ({ path, file: look(path) }));
  return () => {
    for (const one of remembered) {
      const now = look(one.path);
      if (now.dev !== one.file.dev || now.ino !== one.file.ino) throw replaced(one.path);
      // Reading behind the end of a file that lmdb has mapped ends the process with a signal.
      if (now.size < one.file.size) throw replaced(one.path);
      one.file = now;
    }
  };
}

/** A file that is not the one that was opened, though something lies in its place. */
export function replaced(path: string): Error {
  return unavailable(`${resolve(path)} was replaced while the store was open: ${wayOut}`);
}

const wayOut = 'start the server again, after a restore where one is needed';

function look(path: string): BigIntStats {
  try {
    return statSync(path, { bigint: true });
  } catch (cause) {
    const isGone = hasCode(cause, 'ENOENT') || hasCode(cause, 'ENOTDIR');
    const what = isGone ? 'was deleted' : `could not be looked at (${cause})`;
    throw unavailable(`${resolve(path)} ${what} while the store was open: ${wayOut}`, cause);
  }
}
