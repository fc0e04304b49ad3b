import type { FlagName, Words } from './words.ts';

/** A whole number that is asked for, and what it may be. */
export interface IntegerRule {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  /** what could stand there instead, for the message */
  readonly instead?: string;
}

export const portRule = { label: 'PORT', min: 1, max: 65_535 };

/** Reads a whole number; of a fault it makes an entry of `faults`, and the least number there may be. */
export function readInteger(rule: IntegerRule, text: string | undefined, faults: string[]): number {
  const { label, min, max, instead = '' } = rule;
  const value = text !== undefined && /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  const got = text === undefined ? 'nothing' : JSON.stringify(text);
  faults.push(`${label}: expected a whole number from ${min} to ${max}${instead}, got ${got}`);
  return min;
}

/** The value of a flag of this command line; undefined when it is not there, '' when nothing follows it. */
export function flagText({ flags }: Words, name: FlagName): string | undefined {
  const flag = flags.get(name);
  return flag === undefined ? undefined : (flag.value ?? '');
}

/** Reads a flag that is a whole number, or gives `fallback` where it is not there. */
export function readIntegerFlag(
  words: Words,
  name: FlagName,
  rule: Omit<IntegerRule, 'label'>,
  fallback: number,
  faults: string[],
): number {
  const text = flagText(words, name);
  return text === undefined ? fallback : readInteger({ ...rule, label: `--${name}` }, text, faults);
}

/** Reads a flag that is the name of a file. */
export function readFile(words: Words, name: FlagName, faults: string[]): string | undefined {
  const text = flagText(words, name);
  if (text === '' || text?.startsWith('-')) {
    faults.push(`--${name}: expected the name of a file, got ${JSON.stringify(text)}`);
  }
  return text;
}

/** Reads a flag that is there or not. */
export function readSwitch({ flags }: Words, name: FlagName, faults: string[]): boolean {
  const flag = flags.get(name);
  if (flag?.value !== undefined)
    faults.push(`--${name}: expected no value, got ${JSON.stringify(flag.value)}`);
  return flag !== undefined;
}
