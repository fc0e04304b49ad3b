import { readDeadline, readFile, readKey, readSwitch, refuseMore } from '../cli/readers.ts';
import { readServer, type ServerWords, serverFlags } from '../cli/server-flags.ts';
import { unknownFlags, type Words } from '../cli/tokens.ts';

/** One exact factorial: see `runFact`. */
export interface FactCommand extends ServerWords {
  readonly kind: 'fact';
  readonly key: string;
  readonly deadlineMs: number;
  /** where to write the bytes instead of printing the digits, if anywhere */
  readonly bytes: string | undefined;
  /** print how many digits there are, not the digits */
  readonly digitsOnly: boolean;
  /** write JSON instead */
  readonly json: boolean;
}

/** A large factorial takes seconds. */
const deadlineDefaultMs = 60_000;

/** Reads `fact KEY [flags]`. */
export function readFact(words: Words, faults: string[]): FactCommand {
  faults.push(
    ...unknownFlags(words, [...serverFlags, 'port', 'deadline-ms', 'bytes', 'digits-only', 'json']),
  );
  const key = readKey(words, faults);
  refuseMore(words, ['KEY'], faults);
  return {
    kind: 'fact',
    key,
    ...readServer(words, faults),
    deadlineMs: readDeadline(words, deadlineDefaultMs, faults),
    bytes: readFile(words, 'bytes', faults),
    digitsOnly: readSwitch(words, 'digits-only', faults),
    json: readSwitch(words, 'json', faults),
  };
}
