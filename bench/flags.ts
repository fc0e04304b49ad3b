/** The command line of a benchmark. */
import { existsSync } from 'node:fs';

const exitUsage = 2;

/** A flag that cannot be obeyed; its message is one line. */
class FlagFault extends Error {}

/**
 * What `read` makes of the command line. Prints `usage` and ends the process where it has --help; where `read` finds
 * a bad flag, prints one line on stderr and ends the process with exit code 2.
 */
export function readFlags<T>(usage: string, read: () => T): T {
  if (process.argv.includes('--help')) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Error) || !isFlagFault(error)) throw error;
    // Node explains some of its faults in lines of their own.
    console.error(error.message.split('\n')[0]);
    process.exit(exitUsage);
  }
}

function isFlagFault(error: Error): boolean {
  return error instanceof FlagFault || ('code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
}

/** A whole number from 1 on. */
export function parseCount(flag: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new FlagFault(`Expected a whole number from 1 on for ${flag}, got "${text}"`);
  return Number(text);
}

/** Names from `known`, separated by commas. */
export function parseNames<Name extends string>(
  flag: string,
  text: string,
  known: readonly Name[],
): readonly Name[] {
  return text.split(',').map((word) => {
    const name = known.find((candidate) => candidate === word);
    if (name === undefined)
      throw new FlagFault(`Expected names among ${known.join(', ')} for ${flag}, got "${word}"`);
    return name;
  });
}

/** A file or folder that is there. */
export function parsePath(flag: string, text: string): string {
  if (!existsSync(text)) throw new FlagFault(`Expected a path that exists for ${flag}, got "${text}"`);
  return text;
}
