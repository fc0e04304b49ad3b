import { securityHelp } from '../cli/security-flags.ts';

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
