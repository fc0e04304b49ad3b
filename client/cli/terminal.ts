/** Where a command writes: the part of a `node:stream` Writable that we need, so that tests can pass their own. */
export interface Output {
  /** true when a person is watching */
  readonly isTTY?: boolean | undefined;
  /** how many characters of a line a terminal shows */
  readonly columns?: number | undefined;
  /** `onWritten` is called when the text has been handed on, or cannot be. */
  write(text: string, onWritten?: (error?: Error | null) => void): unknown;
}

/** The two outputs of a command: results on `stdout`, everything else on `stderr`. */
export interface Terminal {
  readonly stdout: Output;
  readonly stderr: Output;
}

/**
 * Writes, and waits until the reader is ready for more.
 *
 * @returns false when nobody reads any longer; why is told to the listeners of the output's errors
 */
export function writeText(output: Output, text: string): Promise<boolean> {
  return new Promise((resolve) => {
    output.write(text, (error) => resolve(!(error instanceof Error)));
  });
}
