import type { FlagName, Words } from './tokens.ts';

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

const deadlineRule = { min: 1, max: 86_400_000 };

/** Reads `--deadline-ms`. */
export function readDeadline(words: Words, fallbackMs: number, faults: string[]): number {
  return readIntegerFlag(words, 'deadline-ms', deadlineRule, fallbackMs, faults);
}

/** Reads the KEY that follows the command's name; any is one, the empty one included. */
export function readKey({ positionals: [command, key] }: Words, faults: string[]): string {
  if (key === undefined) faults.push(`KEY: expected a key after ${command}, got nothing`);
  return key ?? '';
}

/** Reads an operand that may be any int64. */
export function readInt64(label: string, text: string | undefined, faults: string[]): bigint {
  const value = text !== undefined && /^[+-]?\d+$/.test(text) ? BigInt(text) : undefined;
  if (value !== undefined && BigInt.asIntN(64, value) === value) return value;
  const got = text === undefined ? 'nothing' : JSON.stringify(text);
  faults.push(`${label}: expected a whole number from -2^63 to 2^63-1, got ${got}`);
  return 0n;
}

/** Makes faults of the words that follow those a command takes, which `labels` names. */
export function refuseMore({ positionals }: Words, labels: readonly string[], faults: string[]): void {
  const last = labels.at(-1) ?? positionals[0];
  for (const word of positionals.slice(1 + labels.length)) {
    faults.push(`${JSON.stringify(word)}: expected nothing after ${last} but flags`);
  }
}

/** Reads a flag that is any text, or gives the empty one where it is not there. */
export function readText({ flags }: Words, name: FlagName, faults: string[]): string {
  const flag = flags.get(name);
  if (flag !== undefined && flag.value === undefined) faults.push(`--${name}: expected a text, got nothing`);
  return flag?.value ?? '';
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

/** Reads a flag that takes one of a few words; the first is the default. */
export function readChoice<const Choice extends string>(
  words: Words,
  name: FlagName,
  choices: readonly [Choice, ...Choice[]],
  faults: string[],
): Choice {
  const text = flagText(words, name) ?? choices[0];
  const choice = choices.find((known) => known === text);
  if (choice !== undefined) return choice;
  faults.push(`--${name}: expected ${choices.join(' or ')}, got ${JSON.stringify(text)}`);
  return choices[0];
}
