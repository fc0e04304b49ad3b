/** Where a command writes: the part of a `node:stream` Writable that we need, so that tests can pass their own. */
export interface Output {
  /** true when a person is watching */
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** The two outputs of a command: results on `stdout`, everything else on `stderr`. */
export interface Terminal {
  readonly stdout: Output;
  readonly stderr: Output;
}
