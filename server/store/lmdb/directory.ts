import { access, constants, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { unavailable } from '../ledger.ts';

/**
 * Resolves if `directory` is one that this process may write to.
 * @throws NumStoreError STORE_UNAVAILABLE that says what to do
 */
export async function assertStoreDirectory(directory: string): Promise<void> {
  await assertReadableDirectory(directory);
  try {
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw unavailable(
      `This user may not write to ${resolve(directory)}: change its owner or its mode`,
      cause,
    );
  }
}

/**
 * Resolves if `directory` is one.
 * @throws NumStoreError STORE_UNAVAILABLE that says what to do
 */
export async function assertReadableDirectory(directory: string): Promise<void> {
  const path = resolve(directory);
  let isDirectory: boolean;
  try {
    isDirectory = (await stat(path)).isDirectory();
  } catch (cause) {
    throw unavailable(
      `There is no directory ${path}: create it, or mount the volume that holds the store`,
      cause,
    );
  }
  if (!isDirectory) throw unavailable(`${path} is not a directory: name the directory that holds the store`);
}
