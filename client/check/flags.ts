import { parseServerNames } from '../api/address.ts';
import { fileFlag, helpFlag, integerFlag, switchFlag } from '../cli/flags.ts';
import { type CommandTable, renderHelp } from '../cli/help.ts';
import { refuseMore } from '../cli/readers.ts';
import { securityFlags, securityHelp } from '../cli/security-flags.ts';
import { hostFlag, portFlag, readTarget, type ServerWords } from '../cli/server-flags.ts';
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
  /** delete the keys of the check afterwards, where the server can */
  readonly cleanUp: boolean;
  /** write the results to stdout as JSON instead of lines */
  readonly json: boolean;
  /** the file that names the servers of a class; one server is judged without it */
  readonly targets: string | undefined;
  /** servers of a class that are judged at once */
  readonly parallel: number;
  /** seconds that one server of a class may take */
  readonly limitSeconds: number;
  /** where to write the table of a class for a spreadsheet, if anywhere */
  readonly csv: string | undefined;
  /** where to write the page of a class, if anywhere */
  readonly html: string | undefined;
  /** where to write the results as JUnit's XML, if anywhere */
  readonly junit: string | undefined;
}

/** To sum so many takes a millisecond in Python, which shows beside a call. */
const keysDefault = 20_000;

const flags = {
  host: hostFlag,
  port: { ...portFlag, help: 'its port, where it is not the first word' },
  proto: fileFlag('proto', 'its .proto file: other numbers, names or a package are then no obstacle'),
  timeout: integerFlag(
    'timeout',
    { min: 1, max: 600_000, fallback: 5_000, operand: 'MS' },
    'how long a call may take',
  ),
  keys: integerFlag(
    'keys',
    { min: 1, max: 1_000_000, fallback: keysDefault },
    'keys that the difference rule stores at most; the other rules store some 200',
  ),
  cleanUp: switchFlag('clean-up', 'delete its keys afterwards, where the server has DeleteNum'),
  json: switchFlag('json', 'write the results as JSON instead of lines'),
  junit: fileFlag('junit', "write the results as JUnit's XML, too"),
  targets: fileFlag(
    'targets',
    'judge every server that the file names, a line each: name, host:port, proto file',
  ),
  parallel: integerFlag(
    'parallel',
    { min: 1, max: 64, fallback: 1 },
    'with --targets: servers that are judged at once; they share the machine, so timed rules may be skipped',
  ),
  limit: integerFlag(
    'time-limit',
    { min: 1, max: 86_400, fallback: 180, operand: 'SECONDS' },
    'with --targets: what one server may take',
  ),
  csv: fileFlag('csv', 'with --targets: write the table with a column for each rule'),
  html: fileFlag(
    'html',
    'with --targets: write a page with a row for each server, which opens to its report',
  ),
  help: helpFlag,
};

/** `check [TARGET] [flags]`. */
export const checkTable: CommandTable<CheckCommand> = {
  flags: [...Object.values(flags), ...securityFlags],
  help: renderHelp({
    words: 'check [TARGET]',
    about: `Checks from outside, in any language, whether a server does what the exercise asks: one line for each
requirement, PASS or FAIL; a failure says what was sent, what came, what the exercise says, and the usual cause.
A check that another failure stands in the way of is skipped, and so is one of which nothing shows from outside.
It leaves its keys behind, unless --clean-up deletes them. The server need not be fresh, but no other
client may use it meanwhile.
`,
    flags: Object.values(flags),
    notes: `${securityHelp}
The lines go to stdout, everything else to stderr.
Exit codes: 0 none failed; 1 a failed check; 2 bad arguments; 3 no server within 5 s.
`,
  }),
  read: readCheck,
};

function readCheck(words: Words, faults: string[]): CheckCommand {
  faults.push(...unknownFlags(words, checkTable.flags));
  refuseMore(words, ['TARGET'], faults);
  const server = readTarget(words.positionals[1], words, faults);
  const names = parseServerNames(server.host) ?? [];
  if (names.length > 1 || names[0]?.isEach)
    faults.push('--host: expected one server: each has a state of its own');
  const targets = flags.targets.read(words, faults);
  faults.push(...faultsOfTargets(words, targets !== undefined));
  return {
    kind: 'check',
    ...server,
    targets,
    parallel: flags.parallel.read(words, faults),
    limitSeconds: flags.limit.read(words, faults),
    csv: flags.csv.read(words, faults),
    html: flags.html.read(words, faults),
    proto: flags.proto.read(words, faults),
    timeoutMs: flags.timeout.read(words, faults),
    keys: flags.keys.read(words, faults),
    cleanUp: flags.cleanUp.read(words, faults),
    json: flags.json.read(words, faults),
    junit: flags.junit.read(words, faults),
  };
}

/** Flags that say something of one server, or of a class. */
function faultsOfTargets({ flags: given, positionals }: Words, isClass: boolean): readonly string[] {
  const ofClass = [flags.parallel, flags.limit, flags.csv, flags.html].map(({ name }) => name);
  const ofOne = [flags.host, flags.port, flags.proto, flags.junit].map(({ name }) => name);
  const strangers = (isClass ? ofOne : ofClass).filter((name) => given.has(name));
  const faults = strangers.map((name) =>
    isClass ? `--${name}: expected no such flag beside --targets` : `--${name}: expected --targets beside it`,
  );
  if (isClass && positionals.length > 1) faults.push('PORT: expected none beside --targets');
  return faults;
}
