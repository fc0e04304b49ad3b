import { constants } from 'node:fs';
import { access, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from './exit.ts';

/** A file that a flag of the command line names. */
export interface OutputFile {
  readonly flag: string;
  readonly path: string;
}

/**
 * Finds out before the work, as far as that is possible, whether the file can be written: a run of an hour must not be
 * lost to a mistyped name.
 *
 * @throws UsageError when it is a folder or cannot be written, or when its folder is not there or cannot be written
 */
export function checkWritable(file: OutputFile): Promise<void> {
  return explained(file, async () => {
    const found = await stat(file.path).catch(() => undefined);
    if (found?.isDirectory() === true) throw new Error('it is a folder');
    await access(found === undefined ? dirname(file.path) : file.path, constants.W_OK);
  });
}

/**
 * Writes the file, or writes it anew.
 *
 * @throws UsageError when it cannot be written
 */
export function writeOutput(file: OutputFile, content: string | Uint8Array): Promise<void> {
  return explained(file, () => writeFile(file.path, content));
}

async function explained({ flag, path }: OutputFile, use: () => Promise<void>): Promise<void> {
  try {
    await use();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError([`${flag}: expected a file that can be written, got "${path}" (${reason})`]);
  }
}
