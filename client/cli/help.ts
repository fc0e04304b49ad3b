import type { AnyFlag } from './flags.ts';
import { programName } from './program.ts';
import type { Words } from './tokens.ts';

/** A command, declared once: `read` and `help` are made of the same `flags` that sort the words. */
export interface CommandTable<Command> {
  readonly flags: readonly AnyFlag[];
  /** what `--help` prints */
  readonly help: string;
  /** Reads the words after the program's name, and adds each fault to `faults`. */
  read(words: Words, faults: string[]): Command;
}

/** The widths of the columns of --help: a flag with its operand, and the text before a default. */
export interface HelpLayout {
  readonly nameWidth: number;
  readonly textWidth: number;
}

/** That of every command that talks to a server. */
const commandLayout: HelpLayout = { nameWidth: 23, textWidth: 53 };

/** What `--help` says of one command. */
export interface CommandHelp {
  /** the command and its operands, as in `fact KEY` */
  readonly words: string;
  readonly about: string;
  readonly flags: readonly AnyFlag[];
  readonly layout?: HelpLayout;
  /** what follows the flags */
  readonly notes: string;
}

/** What `--help` prints for a command. */
export function renderHelp({ words, about, flags, layout = commandLayout, notes }: CommandHelp): string {
  return `Usage: ${programName} ${words} [flags]

${about}
Flags
${renderFlags(flags, layout)}
${notes}`;
}

/** The lines of --help for flags, one flag after the other. */
export function renderFlags(flags: readonly AnyFlag[], layout: HelpLayout): string {
  return flags.map((flag) => `${renderFlag(flag, layout)}\n`).join('');
}

function renderFlag(
  { name, short, operand, help, shown }: AnyFlag,
  { nameWidth, textWidth }: HelpLayout,
): string {
  const names = [...(short === undefined ? [] : [`-${short}`]), `--${name}`].join(', ');
  const head = `  ${[names, ...(operand === undefined ? [] : [operand])].join(' ')}`.padEnd(nameWidth);
  const lines = help.split('\n');
  const last = lines.pop() ?? '';
  const end = shown === undefined ? last : `${last.padEnd(widthOf(last, textWidth))}(${shown})`;
  return head + [...lines, end].join(`\n${' '.repeat(nameWidth)}`);
}

/** A text that reaches the column of defaults stands two blanks before its own. */
function widthOf({ length }: string, textWidth: number): number {
  return length < textWidth ? textWidth : length + 2;
}
