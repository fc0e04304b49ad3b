import { checkHelp } from './check/flags.ts';
import { securityHelp } from './cli/security-flags.ts';
import { compareHelp, loadTesterHelp } from './load/help.ts';

/** The words that may stand first on the command line instead of a port. */
export type CommandName =
  | 'get'
  | 'set'
  | 'add'
  | 'delete'
  | 'list'
  | 'stats'
  | 'watch'
  | 'fact'
  | 'check'
  | 'compare';

/** What `--help` can be asked about: the exercise's run, with the list of commands, or one command. */
export type HelpTopic = 'run' | CommandName;

const exitCodes =
  'Exit codes: 0 all well; 1 a failed RPC or a wrong answer; 2 bad arguments; 3 no server within 5 s.\n';

const severalServers = `--host a:1,b:2 names several servers, and dns:///NAME all addresses of a name: calls go round those that
are up. --host a,b takes the port that stands elsewhere.
`;

const run = `Usage: npx tsx client/main.ts PORT [flags]
       npx tsx client/main.ts COMMAND ... [flags]

Sends random requests to the NumStore at PORT and reports its cache hit rate and response times.
Each request is SetNum or Fact (50/50) with a random key; SetNum stores a number from 1 to 15.

Flags
  --host HOST      name or address of the server     (127.0.0.1)
  --threads N      threads, each with a connection   (8)
  --requests N     requests of each thread           (100)
  --keys N         how many different keys           (100)
  --seed N         same seed, same requests          (a fresh one, printed in the report)
  --json FILE      write all figures as JSON, too
  --timing         ask the server where its time went, and report p50 and p99 of each part
  --client NAME    light: connections that cost little; grpc-js: the typed client, which shows what a client
                   library costs                     (light)
  --verify         set all keys first, record every answer, read everything back, and judge whether one order explains it
                   all; works with the flags below, too, and with any server of the exercise
  --fresh          with --verify: the server is empty, and nobody else uses it, which lets more be judged
  -h, --help       show this

${loadTesterHelp}
${securityHelp}
Commands, each with a --help of its own
  get KEY          print the number stored under KEY
  set KEY VALUE    store VALUE under KEY, and print the total
  add KEY DELTA    add DELTA to the number stored under KEY, and print both that and the total
  delete KEY       delete KEY, and print the total
  list             print all keys with their numbers
  stats            print how much there is and what has happened
  watch            show that again and again, and how fast it grows
  fact KEY         print the factorial of the number stored under KEY, exactly
  check [PORT]     check any server against the exercise, line by line
  compare A B      compare two files that --json of the load tester has written

${severalServers}
The report goes to stdout, everything else to stderr. Ctrl-C ends a run early, with its report; a second one at once.
${exitCodes.replace('.\n', '; 130 a run that was ended early.\n')}`;

const fact = `Usage: npx tsx client/main.ts fact KEY [flags]

Prints the factorial of the number stored under KEY, exactly, in decimal digits. The answer is checked
against its length and its SHA-256 first. A KEY that begins with a dash stands after --.

Flags
  --host HOST[:PORT]   name or address of the server                        (127.0.0.1)
  --port PORT          its port                                             (5440)
  --digits-only        print only how many digits there are
  --json               write {"key", "n", "hit", "digits", "value"}; numbers are strings, and "value" is left out with
                       --digits-only or --bytes
  --bytes FILE         write the number to FILE instead, as unsigned big-endian bytes
  --deadline-ms N      give up after so many milliseconds                   (60000)
  -h, --help           show this

${securityHelp}
${severalServers}
The digits go to stdout, everything else to stderr.
${exitCodes}`;

/** One of the commands on stored numbers. */
function describe(
  words: string,
  what: string,
  { json, ownFlags = '', deadlineMs = 10_000 }: { json: string; ownFlags?: string; deadlineMs?: number },
): string {
  return `Usage: npx tsx client/main.ts ${words} [flags]

${what}
Flags
${ownFlags}  --host HOST[:PORT]   name or address of the server                        (127.0.0.1)
  --port PORT          its port                                             (5440)
  --json               ${json}
  --deadline-ms N      give up after so many milliseconds                   (${deadlineMs})
  -h, --help           show this

${securityHelp}
${severalServers}
A KEY that begins with a dash stands after --; a number below 0 may stand where it is.
What is not a terminal gets columns with tabs between them. In a key, characters that would break a line or steer
a terminal are printed as \\t, \\n, \\r or \\u{HEX}, and a backslash as \\\\; JSON has its own escapes.
${exitCodes}`;
}

const get = describe(
  'get KEY',
  `Prints the number stored under KEY. A missing KEY is a line on stderr and exit code 1, so that nobody takes it for
a number.
`,
  { json: 'write {"key", "value"}; numbers are strings' },
);

const set = describe(
  'set KEY VALUE',
  `Stores VALUE, a whole number from -2^63 to 2^63-1, under KEY, and prints the sum of all values after that.
`,
  { json: 'write {"key", "value", "total", "revision"}; numbers are strings' },
);

const add = describe(
  'add KEY DELTA',
  `Adds DELTA, a whole number from -2^63 to 2^63-1, to the number stored under KEY; a missing KEY counts as 0. Prints the
number stored now, and the sum of all values (two columns).
`,
  { json: 'write {"key", "value", "total", "revision"}; numbers are strings' },
);

const deleteText = describe(
  'delete KEY',
  `Deletes KEY and prints "deleted", or "missing" where there was none, and the sum of all values (two columns). A missing
KEY is exit code 0: afterwards it is gone, which is what was asked, and it may be asked again.
`,
  { json: 'write {"key", "deleted", "total", "revision"}; numbers are strings' },
);

const list = describe(
  'list',
  `Prints all keys with their numbers, in the order of the UTF-8 bytes of the keys (two columns).
`,
  {
    json: 'write {"key", "value"} for each, a line each; numbers are strings',
    ownFlags: `  --prefix P           only keys that begin with P
  --start-after K      only keys after K
  --limit N            at most N of them; 0 means all                       (0)
`,
    deadlineMs: 60_000,
  },
);

const stats = describe(
  'stats',
  `Prints how much there is and what has happened since the server started: names and figures (two columns). Of several
servers, one answers.
`,
  { json: 'write them as one object; numbers are strings' },
);

const watch = `Usage: npx tsx client/main.ts watch [flags]

Shows how much there is and what has happened, again and again, until Ctrl-C: a table that changes in place, with how
much is added a second. What is not a terminal gets a line each time, with tabs between the columns, after a line that
names them. A server that goes away is waited for.

Flags
  --host HOST[:PORT]   name or address of the server                        (127.0.0.1)
  --port PORT          its port                                             (5440)
  --interval-ms N      milliseconds from one time to the next               (1000)
  --count N            end after so many times; 0 means never               (0)
  --json               write one object each time; numbers are strings
  -h, --help           show this

${securityHelp}
${severalServers}
${exitCodes}`;

/** What `--help` prints. */
export const helpTexts: Readonly<Record<HelpTopic, string>> = {
  run,
  get,
  set,
  add,
  delete: deleteText,
  list,
  stats,
  watch,
  fact,
  check: checkHelp,
  compare: compareHelp,
};
