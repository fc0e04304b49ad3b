import type { Added, Deleted, Entry, Stats } from '../api/client.ts';
import { escapeField, printable } from '../cli/printable.ts';
import type { Row } from './printer.ts';

/** So wide is the column of names for people; longer ones push their numbers aside. */
const nameWidth = 24;

/** The number of a write; undefined: the server did not say. */
export type Revision = bigint | undefined;

/** The answer to `get`. */
export function rowOfValue({ key, value }: Entry): Row {
  return { people: `${value}`, scripts: `${value}`, programs: { key, value: `${value}` } };
}

/** The answer to `set`. */
export function rowOfSet({ key, value }: Entry, total: bigint, revision: Revision): Row {
  return {
    people: `${escapeField(key)} = ${value}, total ${total}`,
    scripts: `${total}`,
    programs: { key, value: `${value}`, total: `${total}`, revision: nullable(revision) },
  };
}

/** The answer to `add`. */
export function rowOfAdd(key: string, { value, total }: Added, revision: Revision): Row {
  return {
    people: `${escapeField(key)} = ${value}, total ${total}`,
    scripts: `${value}\t${total}`,
    programs: { key, value: `${value}`, total: `${total}`, revision: nullable(revision) },
  };
}

/** The answer to `delete`. */
export function rowOfDelete(key: string, { deleted, total }: Deleted, revision: Revision): Row {
  const outcome = deleted ? 'deleted' : 'was not there, nothing deleted';
  return {
    people: `${escapeField(key)} ${outcome}, total ${total}`,
    scripts: `${deleted ? 'deleted' : 'missing'}\t${total}`,
    programs: { key, deleted, total: `${total}`, revision: nullable(revision) },
  };
}

/** One entry of `list`. */
export function rowOfEntry({ key, value }: Entry): Row {
  const name = escapeField(key);
  return {
    people: `${name.padEnd(nameWidth)}  ${value}`,
    scripts: `${name}\t${value}`,
    programs: { key, value: `${value}` },
  };
}

/** The answer to `stats`: all figures by name, those that a newer server adds included. */
export function rowOfStats(stats: Stats): Row {
  const figures = Object.entries(stats).map(([name, figure]) => [name, `${figure}`] as const);
  return {
    people: figures
      .map(([name, figure]) => `${wordsOf(name).padEnd(nameWidth)}  ${printable(figure)}`)
      .join('\n'),
    scripts: figures.map(([name, figure]) => `${name}\t${escapeField(figure)}`).join('\n'),
    programs: Object.fromEntries(figures),
  };
}

/** `cacheHits` is "cache hits" to people. */
export function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function nullable(revision: Revision): string | null {
  return revision === undefined ? null : `${revision}`;
}
