import { checkTable } from './check/flags.ts';
import { UsageError } from './cli/exit.ts';
import { type AnyFlag, switchFlag } from './cli/flags.ts';
import { nearestWord } from './cli/program.ts';
import { portRule, readInteger } from './cli/readers.ts';
import { sortWords, unknownFlags, type Words } from './cli/tokens.ts';
import { factTable } from './commands/fact-flags.ts';
import { numbersTables } from './commands/numbers-flags.ts';
import { watchTable } from './commands/watch-flags.ts';
import { compareTable } from './compare/flags.ts';
import { type LoadCommand, loadFlags, readLoad } from './load/flags.ts';

/** The words that may stand first on the command line instead of a port. */
export const commandTables = {
  ...numbersTables,
  watch: watchTable,
  fact: factTable,
  check: checkTable,
  compare: compareTable,
};
type CommandName = keyof typeof commandTables;

/** What `--help` can be asked about: the exercise's run, with the list of commands, or one command. */
export type HelpTopic = 'run' | CommandName;

export type Command =
  | LoadCommand
  | ReturnType<(typeof commandTables)[CommandName]['read']>
  | { readonly kind: 'help'; readonly topic: HelpTopic }
  | { readonly kind: 'version' };

/** The flags of all commands; of those of one name, that of a command comes last. */
const allFlags: readonly AnyFlag[] = [
  switchFlag('version', 'print the version'),
  ...loadFlags,
  ...Object.values(commandTables).flatMap(({ flags }) => flags),
];

/**
 * Reads the words after the program's name: a port first is the exercise's run, any other word is a command.
 *
 * @throws UsageError that lists every fault, each with what was expected
 */
export function parseArguments(argv: readonly string[]): Command {
  const faults: string[] = [];
  const words = sortFor(argv);
  const [first, second] = words.positionals;
  const topic = first === 'help' ? second : first;
  if (words.flags.has('help') || (first === 'help' && (topic === undefined || isCommandName(topic)))) {
    return { kind: 'help', topic: isCommandName(topic) ? topic : 'run' };
  }
  if (words.flags.has('version')) return { kind: 'version' };
  const command = readCommand(words, faults);
  if (command === undefined || faults.length > 0) throw new UsageError(faults);
  return command;
}

/** Which command it is says which flags take a value: `--json` of a run names a file. */
function sortFor(argv: readonly string[]): Words {
  const words = sortWords(argv, allFlags);
  return isCommandName(words.positionals[0]) ? words : sortWords(argv, [...allFlags, ...loadFlags]);
}

function isCommandName(word: string | undefined): word is CommandName {
  return word !== undefined && Object.hasOwn(commandTables, word);
}

function readCommand(words: Words, faults: string[]): Command | undefined {
  const [first] = words.positionals;
  if (first !== undefined && isTarget(first)) return readLoad(words, faults);
  if (isCommandName(first)) return commandTables[first].read(words, faults);
  // whose flags these are cannot be known: those that no command has are faults in any case
  faults.push(...unknownFlags(words, allFlags));
  const names = Object.keys(commandTables).join(', ');
  if (first === undefined)
    readInteger({ ...portRule, instead: `, HOST:PORT or a command (${names})` }, first, faults);
  else {
    const word = first === 'help' ? (words.positionals[1] ?? first) : first;
    const meant = nearestWord(word, [...Object.keys(commandTables), 'help']);
    const hint = meant === undefined ? '' : `: did you mean ${meant}?`;
    faults.push(`COMMAND: expected a command (${names}), got ${JSON.stringify(word)}${hint}`);
  }
  return undefined;
}

/** A port, or HOST:PORT; a host alone would look like a command. */
function isTarget(word: string): boolean {
  return /^\d/.test(word) || word.includes(':');
}
