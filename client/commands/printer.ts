import { type Reader, type Row, renderRow } from '../cli/row.ts';
import { type Output, writeText } from '../cli/terminal.ts';

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
