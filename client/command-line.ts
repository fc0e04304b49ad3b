import { type CheckCommand, readCheck } from './check/flags.ts';
import { UsageError } from './cli/exit.ts';
import { portRule, readInteger } from './cli/readers.ts';
import { flagNames, sortWords, unknownFlags, type Words } from './cli/tokens.ts';
import { type FactCommand, readFact } from './commands/fact-flags.ts';
import {
  type NumbersCommand,
  readAdd,
  readDelete,
  readGet,
  readList,
  readSet,
  readStats,
} from './commands/numbers-flags.ts';
import { readWatch, type WatchCommand } from './commands/watch-flags.ts';
import { type CompareCommand, readCompare } from './compare/flags.ts';
import type { CommandName, HelpTopic } from './help.ts';
import { type LoadCommand, readLoad } from './load/flags.ts';

export type Command =
  | LoadCommand
  | FactCommand
  | CompareCommand
  | NumbersCommand
  | CheckCommand
  | WatchCommand
  | { readonly kind: 'help'; readonly topic: HelpTopic };

/** The words that may stand first instead of a port. */
const readers: Readonly<Record<CommandName, (words: Words, faults: string[]) => Command>> = {
  get: readGet,
  set: readSet,
  add: readAdd,
  delete: readDelete,
  list: readList,
  stats: readStats,
  watch: readWatch,
  fact: readFact,
  check: readCheck,
  compare: readCompare,
};

/**
 * Reads the words after the program's name: a port first is the exercise's run, any other word is a command.
 *
 * @throws UsageError that lists every fault, each with what was expected
 */
export function parseArguments(argv: readonly string[]): Command {
  const faults: string[] = [];
  const words = sortWords(argv, isCommandName);
  if (words.flags.has('help')) {
    const [first] = words.positionals;
    return { kind: 'help', topic: isCommandName(first) ? first : 'run' };
  }
  const command = readCommand(words, faults);
  if (command === undefined || faults.length > 0) throw new UsageError(faults);
  return command;
}

function isCommandName(word: string | undefined): word is CommandName {
  return word !== undefined && Object.hasOwn(readers, word);
}

function readCommand(words: Words, faults: string[]): Command | undefined {
  const [first] = words.positionals;
  if (first !== undefined && /^\d/.test(first)) {
    return readLoad(words, faults);
  }
  if (isCommandName(first)) return readers[first](words, faults);
  // whose flags these are cannot be known: those that no command has are faults in any case
  faults.push(...unknownFlags(words, flagNames));
  readInteger({ ...portRule, instead: ` or a command (${Object.keys(readers).join(', ')})` }, first, faults);
  return undefined;
}
