import { parseStoreSpec } from '../store/spec.ts';

/** How the texts of settings are read. Each function throws a RangeError that says what was expected. */

/** A decimal integer from `min` to `max`. */
export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new RangeError(`Expected an integer from ${min} to ${max}`);
  };
}

/** `off`, which is `undefined`, or what `parse` reads. */
export function orOff<Value>(parse: (text: string) => Value): (text: string) => Value | undefined {
  return (text) => (text === 'off' ? undefined : parse(text));
}

/** `on` or `off`. */
export function onOrOff(text: string): boolean {
  return oneOf(['on', 'off'])(text) === 'on';
}

/** The path of a file; what is in it shows when it is read. */
export function filePath(text: string): string {
  if (text === '') throw new RangeError('Expected the path of a file, or off');
  return text;
}

const bytesPerUnit: Readonly<Record<string, number>> = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** A number of bytes, with or without a binary unit. */
export function byteCount(text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,12})(KiB|MiB|GiB)?$/.exec(text) ?? [];
  const bytes = digits === '' ? Number.NaN : Number(digits) * (bytesPerUnit[unit] ?? Number.NaN);
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new RangeError('Expected a number of bytes, such as 65536, 64KiB, 64MiB or 1GiB');
}

/** The name of a store, checked but not taken apart. */
export function storeSpec(text: string): string {
  parseStoreSpec(text);
  return text;
}

/** Part of the names of keys in Redis, between braces: hence no braces in it, and nothing that needs quoting. */
export function namespace(text: string): string {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(text)) {
    throw new RangeError('Expected 1 to 64 letters, digits, dots, dashes or underscores');
  }
  return text;
}

/** Any text, such as `what`; whether it is one shows when it is used. */
export function nonEmpty(what: string): (text: string) => string {
  return (text) => {
    if (text === '') throw new RangeError(`Expected ${what}`);
    return text;
  };
}

/** Names of hosts, without ports. */
export function hostNames(text: string): readonly string[] {
  const names = text.split(',');
  if (names.every((name) => /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(name))) return names;
  throw new RangeError('Expected names of hosts without ports, with commas between them, or off');
}

/** One of `choices`, to the letter. */
export function oneOf<Choice extends string>(choices: readonly Choice[]): (text: string) => Choice {
  return (text) => {
    const choice = choices.find((candidate) => candidate === text);
    if (choice === undefined) throw new RangeError(`Expected one of ${choices.join(', ')}`);
    return choice;
  };
}
