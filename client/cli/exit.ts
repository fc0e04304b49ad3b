/** What the process answers to its shell; the same for every command. */
export const exitCode = {
  ok: 0,
  /** a wrong answer, a failed RPC or a failed check */
  failed: 1,
  /** the command line is not understood */
  usage: 2,
  /** no server could be reached in time */
  unreachable: 3,
  /** a run was ended early by SIGINT; what shells themselves make of that signal */
  interrupted: 130,
} as const;

/** What --help says of them. */
export const exitCodesHelp =
  'Exit codes: 0 all well; 1 a failed RPC or a wrong answer; 2 bad arguments; 3 no server within 5 s.\n';

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** The command line asks for something that cannot be done; every fault is listed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('; '));
    this.faults = faults;
  }
}

/** A file cannot be written, though that was expected before the work; the message is one line. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
}
