import { readFileSync, statSync } from 'node:fs';

/** A chain of certificates takes a few KiB; more is some other file. */
const bytesMax = 2 ** 20;

/** A file of the settings, with the flag that names it. */
export interface NamedFile {
  readonly flag: `--${'' | 'store-'}tls-${'cert' | 'key' | 'ca'}` | '--token-file' | '--store-password-file';
  readonly path: string;
}

/** What is wrong with a file: one sentence, which never quotes what the file holds. */
export function fileFault({ flag, path }: NamedFile, sentence: string): string {
  return `${flag} ${path}: ${sentence}`;
}

/**
 * The text of `file`, or `undefined` and one more of `faults`. It is read at once, at the start and when it has changed:
 * it is small, and what is read together belongs together.
 */
export function readText(file: NamedFile, faults: string[]): string | undefined {
  try {
    const stats = statSync(file.path);
    if (stats.isFile() && stats.size <= bytesMax) return readFileSync(file.path, 'utf8');
    faults.push(
      fileFault(file, stats.isFile() ? `Expected at most ${bytesMax} bytes` : 'Expected an ordinary file'),
    );
  } catch (error) {
    faults.push(fileFault(file, describe(error)));
  }
  return undefined;
}

function describe(error: unknown): string {
  switch (error instanceof Error && 'code' in error ? error.code : undefined) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'There is no such file';
    case 'EACCES':
      return 'The user of the server may not read it';
    default:
      return `It cannot be read: ${String(error)}`;
  }
}
