import { parseServerNames } from '../api/address.ts';
import { portRule, readFile, readInteger, readIntegerFlag, readSwitch } from '../cli/readers.ts';
import { securityHelp } from '../cli/security-flags.ts';
import { readServer, readServerAt, type ServerWords, serverFlags } from '../cli/server-flags.ts';
import { unknownFlags, type Words } from '../cli/tokens.ts';

/** Black-box checks of a server: see `runCheckCommand`. */
export interface CheckCommand extends ServerWords {
  readonly kind: 'check';
  /** the .proto file of the server, where it is not ours */
  readonly proto: string | undefined;
  /** milliseconds that a call may take */
  readonly timeoutMs: number;
  /** how many keys the difference rule is tried with */
  readonly keys: number;
  /** write the results to stdout as JSON instead of lines */
  readonly json: boolean;
  /** where to write the results as JUnit's XML, if anywhere */
  readonly junit: string | undefined;
}

const timeoutRule = { min: 1, max: 600_000 };
const timeoutDefaultMs = 5_000;
const keysRule = { min: 1, max: 1_000_000 };
/** To sum so many takes a millisecond in Python, which shows beside a call. */
const keysDefault = 20_000;

/** Reads `check [PORT] [flags]`. */
export function readCheck(words: Words, faults: string[]): CheckCommand {
  const known = [...serverFlags, 'port', 'proto', 'timeout', 'keys', 'json', 'junit'] as const;
  faults.push(...unknownFlags(words, known));
  const [, first, ...rest] = words.positionals;
  for (const word of rest) faults.push(`${JSON.stringify(word)}: expected nothing after PORT but flags`);
  const server =
    first === undefined
      ? readServer(words, faults)
      : readServerAt(readInteger(portRule, first, faults), words, faults);
  const names = parseServerNames(server.host) ?? [];
  if (names.length > 1 || names[0]?.isEach)
    faults.push('--host: expected one server: each has a state of its own');
  return {
    kind: 'check',
    ...server,
    proto: readFile(words, 'proto', faults),
    timeoutMs: readIntegerFlag(words, 'timeout', timeoutRule, timeoutDefaultMs, faults),
    keys: readIntegerFlag(words, 'keys', keysRule, keysDefault, faults),
    json: readSwitch(words, 'json', faults),
    junit: readFile(words, 'junit', faults),
  };
}

/** What `check --help` prints. */
export const checkHelp = `Usage: npx tsx client/main.ts check [PORT] [flags]

Checks from outside, in any language, whether a server does what the exercise asks: one line for each
requirement, PASS or FAIL; a failure says what was sent, what came, what the exercise says, and the usual cause.
A check that another failure stands in the way of is skipped. The server need not be fresh, but nobody else
may use it meanwhile.

Flags
  --host HOST[:PORT]   name or address of the server                        (127.0.0.1)
  --port PORT          its port, where it is not the first word             (5440)
  --proto FILE         its .proto file: other numbers, names or a package are then no obstacle
  --timeout MS         how long a call may take                             (5000)
  --keys N             with how many keys the difference rule is tried      (20000)
  --json               write the results as JSON instead of lines
  --junit FILE         write the results as JUnit's XML, too
  -h, --help           show this

${securityHelp}
The lines go to stdout, everything else to stderr.
Exit codes: 0 all passed; 1 a failed check; 2 bad arguments; 3 no server within 5 s.
`;
