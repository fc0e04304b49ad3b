import { checkHelp } from './check/help.ts';

/** What `--help` can be asked about: the exercise's run, with the list of commands, or one command. */
export type HelpTopic = 'run' | 'fact' | 'check';

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
  -h, --help       show this

Commands, each with a --help of its own
  fact KEY         print the factorial of the number stored under KEY, exactly
  check [PORT]     check any server against the exercise, line by line

The report goes to stdout, everything else to stderr.
Exit codes: 0 all well; 1 a failed RPC or a wrong answer; 2 bad arguments; 3 no server within 5 s.
`;

const fact = `Usage: npx tsx client/main.ts fact KEY [flags]

Prints the factorial of the number stored under KEY, exactly, in decimal digits. The answer is checked
against its length and its SHA-256 first. A KEY that begins with a dash stands after --.

Flags
  --host HOST[:PORT]   name or address of the server                        (127.0.0.1)
  --port PORT          its port                                             (5440)
  --digits-only        print only how many digits there are
  --bytes FILE         write the number to FILE instead, as unsigned big-endian bytes
  --deadline-ms N      give up after so many milliseconds                   (60000)
  -h, --help           show this

The digits go to stdout, everything else to stderr.
Exit codes: 0 all well; 1 a failed RPC or a wrong answer; 2 bad arguments; 3 no server within 5 s.
`;

/** What `--help` prints. */
export const helpTexts: Readonly<Record<HelpTopic, string>> = { run, fact, check: checkHelp };
