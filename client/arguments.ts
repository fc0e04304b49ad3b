import { type CheckCommand, readCheck } from './argv/check.ts';
import { type FactCommand, readFact } from './argv/fact.ts';
import { type LoadCommand, readLoad } from './argv/load.ts';
import { portRule, readInteger } from './argv/values.ts';
import { flagNames, sortWords, unknownFlags, type Words } from './argv/words.ts';
import type { HelpTopic } from './help.ts';
import { UsageError } from './usage-error.ts';

export type Command =
  | LoadCommand
  | FactCommand
  | CheckCommand
  | { readonly kind: 'help'; readonly topic: HelpTopic };

/** The words that may stand first instead of a port. */
const readers: ReadonlyMap<string, (words: Words, faults: string[]) => Command> = new Map<
  string,
  (words: Words, faults: string[]) => Command
>([
  ['fact', readFact],
  ['check', readCheck],
]);

/**
 * Reads the words after the program's name: a port first is the exercise's run, any other word is a command.
 *
 * @throws UsageError that lists every fault, each with what was expected
 */
export function parseArguments(argv: readonly string[]): Command {
  const faults: string[] = [];
  const words = sortWords(argv);
  if (words.flags.has('help')) return { kind: 'help', topic: topicOf(words.positionals[0]) };
  const command = readCommand(words, faults);
  if (command === undefined || faults.length > 0) throw new UsageError(faults);
  return command;
}

function topicOf(word: string | undefined): HelpTopic {
  return word === 'fact' || word === 'check' ? word : 'run';
}

function readCommand(words: Words, faults: string[]): Command | undefined {
  const [first] = words.positionals;
  if (first !== undefined && /^\d/.test(first)) return readLoad(words, faults);
  const read = readers.get(first ?? '');
  if (read !== undefined) return read(words, faults);
  // whose flags these are cannot be known: those that no command has are faults in any case
  faults.push(...unknownFlags(words, flagNames));
  readInteger({ ...portRule, instead: ` or a command (${[...readers.keys()].join(', ')})` }, first, faults);
  return undefined;
}
