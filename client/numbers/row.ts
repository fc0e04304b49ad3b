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

/** A row in the form for one reader, with its newline. */
export function renderRow(row: Row, reader: Reader): string {
  return `${reader === 'programs' ? JSON.stringify(row.programs) : row[reader]}\n`;
}
