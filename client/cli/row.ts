/** One answer, as each reader wants it. */
export interface Row {
  /** text, without the last newline */
  readonly people: string;
  /** columns with tabs between them, fixed in number and order; without the last newline */
  readonly scripts: string;
  /** for JSON; an int64 does not fit a JSON number, so numbers are strings */
  readonly programs: Readonly<Record<string, string | boolean | null>>;
}

/** Who reads the answers. */
export type Reader = keyof Row;

/** What JSON.stringify lets through, though it steers a terminal or turns the direction of its text. */
const steering = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** A row in the form for one reader, with its newline. */
export function renderRow(row: Row, reader: Reader): string {
  return `${reader === 'programs' ? writeJson(row.programs) : row[reader]}\n`;
}

/** JSON in a line, of which no character steers a terminal: all that do have four hexadecimal digits, hence one escape. */
export function writeJson(fields: Row['programs']): string {
  return JSON.stringify(fields).replace(
    steering,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
