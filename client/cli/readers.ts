import type { Words } from './tokens.ts';

/** A whole number that is asked for, and what it may be. */
export interface IntegerRule {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  /** what could stand there instead, for the message */
  readonly instead?: string;
}

export const portRange = { min: 1, max: 65_535 };
export const portRule = { label: 'PORT', ...portRange };

/** Reads a whole number; of a fault it makes an entry of `faults`, and the least number there may be. */
export function readInteger(rule: IntegerRule, text: string | undefined, faults: string[]): number {
  const { label, min, max, instead = '' } = rule;
  const value = text !== undefined && /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  const got = text === undefined ? 'nothing' : JSON.stringify(text);
  faults.push(`${label}: expected a whole number from ${min} to ${max}${instead}, got ${got}`);
  return min;
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
