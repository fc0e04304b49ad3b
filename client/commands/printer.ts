import { writeJson } from '../cli/printable.ts';
import { type Output, writeText } from '../cli/terminal.ts';

/** One answer, as each reader wants it. */
export interface Row {
  /** text, without the last newline */
  readonly people: string;
  /** columns with tabs between them, fixed in number and order; without the last newline */
  readonly scripts: string;
  /** for JSON: an int64 does not fit a JSON number, so numbers are strings */
  readonly programs: Readonly<Record<string, string | boolean | null>>;
}

/** Who reads the answers. */
export type Reader = keyof Row;

/** A row in the form for one reader, with its newline. */
export function renderRow(row: Row, reader: Reader): string {
  return `${reader === 'programs' ? writeJson(row.programs) : row[reader]}\n`;
}

/** Rows are written together: one system call for each would be most of the work of a long list. */
const batchLength = 16_384;

/** Prints rows as fast as they are read. */
export interface Printer {
  /** Prints one more row. @returns false when nobody reads any longer */
  print(row: Row): Promise<boolean>;
  /** Writes what is still held back. */
  flush(): Promise<void>;
}

/** A printer on `output`, in the form for `reader`. */
export function createPrinter(output: Output, reader: Reader): Printer {
  let held = '';
  let isRead = true;
  const flush = async (): Promise<void> => {
    const text = held;
    held = '';
    if (text !== '' && isRead) isRead = await writeText(output, text);
  };
  const print = async (row: Row): Promise<boolean> => {
    held += renderRow(row, reader);
    if (held.length >= batchLength) await flush();
    return isRead;
  };
  return { print, flush };
}
