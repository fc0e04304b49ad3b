import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './process.ts';

/** The commands in the shell blocks of the documents that a newcomer follows, without comments. */
export const documentedCommands: readonly string[] = ['README.md', 'CONTRIBUTING.md']
  .flatMap((file) => [...read(file).matchAll(/^```sh\n([\s\S]*?)^```/gm)])
  .flatMap(([, block = '']) => block.split('\n'))
  .map((line) => line.replace(/ *#.*$/, ''))
  .filter((line) => line !== '');

/**
 * The words of a command, to run it as a document has it.
 * @throws if no document has exactly this command
 */
export function documented(command: string): readonly string[] {
  if (!documentedCommands.includes(command)) throw new Error(`No document has the command ${command}`);
  return command.split(' ');
}

/** The commands that `.ci/run` runs as the documents have them: its shell function `documented` does. */
export function commandsOfCi(): readonly string[] {
  return matches(read('.ci/run'), /\bdocumented '([^']+)'/g);
}

/** The commands that tests run through the function `documented`. */
export function commandsOfTests(): readonly string[] {
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.test.ts'))
    .flatMap((file) => matches(read(`test/${file}`), /\bdocumented\(\s*'([^']+)'/g));
}

function matches(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([, match = '']) => match);
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}
