import { exitCodesHelp } from '../cli/exit.ts';
import { deadlineFlag, fileFlag, helpFlag, switchFlag } from '../cli/flags.ts';
import { type CommandTable, renderHelp } from '../cli/help.ts';
import { readKey, refuseMore } from '../cli/readers.ts';
import { securityFlags, securityHelp } from '../cli/security-flags.ts';
import { hostFlag, portFlag, readServer, type ServerWords, severalServersHelp } from '../cli/server-flags.ts';
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

const flags = {
  host: hostFlag,
  port: portFlag,
  digitsOnly: switchFlag('digits-only', 'print only how many digits there are'),
  json: switchFlag(
    'json',
    'write {"key", "n", "hit", "digits", "value"}; numbers are strings, and "value" is left out with\n--digits-only or --bytes',
  ),
  bytes: fileFlag('bytes', 'write the number to FILE instead, as unsigned big-endian bytes'),
  deadline: deadlineFlag(deadlineDefaultMs),
  help: helpFlag,
};

/** `fact KEY [flags]`. */
export const factTable: CommandTable<FactCommand> = {
  flags: [...Object.values(flags), ...securityFlags],
  help: renderHelp({
    words: 'fact KEY',
    about: `Prints the factorial of the number stored under KEY, exactly, in decimal digits. The answer is checked
against its length and its SHA-256 first. A KEY that begins with a dash stands after --.
`,
    flags: Object.values(flags),
    notes: `${securityHelp}
${severalServersHelp}
The digits go to stdout, everything else to stderr.
${exitCodesHelp}`,
  }),
  read: readFact,
};

function readFact(words: Words, faults: string[]): FactCommand {
  faults.push(...unknownFlags(words, factTable.flags));
  const key = readKey(words, faults);
  refuseMore(words, ['KEY'], faults);
  return {
    kind: 'fact',
    key,
    ...readServer(words, faults),
    deadlineMs: flags.deadline.read(words, faults),
    bytes: flags.bytes.read(words, faults),
    digitsOnly: flags.digitsOnly.read(words, faults),
    json: flags.json.read(words, faults),
  };
}
