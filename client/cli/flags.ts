import { readInteger } from './readers.ts';
import type { FlagForm, Words } from './tokens.ts';

/**
 * A flag of a command, declared once: from this row the words are sorted, unknown flags are found,
 * the value is read and --help is printed.
 */
export interface Flag<Value> extends FlagForm {
  /** the text of --help; a line feed where the line is broken */
  readonly help: string;
  /** the default, as --help shows it */
  readonly shown?: string | undefined;
  /** Returns the value or the default, and adds what is wrong with it to `faults`. */
  read(words: Words, faults: string[]): Value;
}

/** A flag of a command, whatever its value. */
export type AnyFlag = Flag<unknown>;

/** What a flag that is a whole number may be, and what stands for it in --help @default N */
interface IntegerRange {
  readonly min: number;
  readonly max: number;
  readonly operand?: string;
}

/** A flag that is a whole number, with a default that a command may replace. */
export interface IntegerFlag extends Flag<number> {
  read(words: Words, faults: string[], fallback?: number): number;
}

export const helpFlag = { ...switchFlag('help', 'show this'), short: 'h' };

/** The value of a flag as given: undefined without the flag, '' without a value. */
export function flagText({ flags }: Words, name: string): string | undefined {
  const flag = flags.get(name);
  return flag === undefined ? undefined : (flag.value ?? '');
}

/** A flag that is there or not. */
export function switchFlag(name: string, help: string): Flag<boolean> {
  return {
    name,
    help,
    read: ({ flags }, faults) => {
      const value = flags.get(name)?.value;
      if (value !== undefined) faults.push(`--${name}: expected no value, got ${JSON.stringify(value)}`);
      return flags.has(name);
    },
  };
}

/** A flag that is a whole number; undefined where it is not there. */
export function optionalIntegerFlag(
  name: string,
  { min, max, operand = 'N' }: IntegerRange,
  help: string,
  shown?: string,
): Flag<number | undefined> {
  return {
    name,
    operand,
    help,
    shown,
    read: (words, faults) => {
      const given = flagText(words, name);
      return given === undefined ? undefined : readInteger({ label: `--${name}`, min, max }, given, faults);
    },
  };
}

/** A flag that is a whole number. */
export function integerFlag(
  name: string,
  { fallback: usual, ...range }: IntegerRange & { readonly fallback: number },
  help: string,
): IntegerFlag {
  const flag = optionalIntegerFlag(name, range, help, `${usual}`);
  return { ...flag, read: (words, faults, fallback = usual) => flag.read(words, faults) ?? fallback };
}

/** `--deadline-ms`. */
export function deadlineFlag(fallback: number, help = 'give up after so many milliseconds'): IntegerFlag {
  return integerFlag('deadline-ms', { min: 1, max: 86_400_000, fallback }, help);
}

/** A flag that is any text; empty where it is not there. */
export function textFlag(name: string, operand: string, help: string): Flag<string> {
  return {
    name,
    operand,
    help,
    read: ({ flags }, faults) => {
      const flag = flags.get(name);
      if (flag !== undefined && flag.value === undefined) {
        faults.push(`--${name}: expected a text, got nothing`);
      }
      return flag?.value ?? '';
    },
  };
}

/** A flag that is the name of a file; undefined where it is not there. */
export function fileFlag(name: string, help: string): Flag<string | undefined> {
  return {
    name,
    operand: 'FILE',
    help,
    read: (words, faults) => {
      const text = flagText(words, name);
      if (text === '' || text?.startsWith('-')) {
        faults.push(`--${name}: expected the name of a file, got ${JSON.stringify(text)}`);
      }
      return text;
    },
  };
}

/** A flag that takes one of a few words; the first is the default. */
export function choiceFlag<const Choice extends string>(
  name: string,
  choices: readonly [Choice, ...Choice[]],
  operand: string,
  help: string,
): Flag<Choice> {
  return {
    name,
    operand,
    help,
    shown: choices[0],
    read: (words, faults) => {
      const given = flagText(words, name) ?? choices[0];
      const choice = choices.find((known) => known === given);
      if (choice !== undefined) return choice;
      faults.push(`--${name}: expected ${choices.join(' or ')}, got ${JSON.stringify(given)}`);
      return choices[0];
    },
  };
}
