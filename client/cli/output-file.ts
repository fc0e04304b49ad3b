import { constants } from 'node:fs';
import { access, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OutputError, UsageError } from './exit.ts';

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
export async function checkWritable(file: OutputFile): Promise<void> {
  try {
    const found = await stat(file.path).catch(() => undefined);
    if (found?.isDirectory() === true) throw new Error('it is a folder');
    await access(found === undefined ? dirname(file.path) : file.path, constants.W_OK);
  } catch (error) {
    throw new UsageError([describeFault(file, error)]);
  }
}

/**
 * Writes the file, or writes it anew.
 *
 * @param content its parts may be made while it is written
 * @throws OutputError when it cannot be written, as on a full disk
 */
export async function writeOutput(
  { flag, path }: OutputFile,
  content: string | Uint8Array | Iterable<string>,
): Promise<void> {
  try {
    await writeFile(path, content);
  } catch (error) {
    throw new OutputError(describeFault({ flag, path }, error));
  }
}

function describeFault({ flag, path }: OutputFile, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `${flag}: expected a file that can be written, got "${path}" (${reason})`;
}
