/** What `--help` prints. */
export const helpText = `Usage: npx tsx client/main.ts PORT [flags]

Sends random requests to the NumStore at PORT and reports its cache hit rate and response times.
Each request is SetNum or Fact (50/50) with a random key; SetNum stores a number from 1 to 15.

Flags
  --host HOST      name or address of the server     (127.0.0.1)
  --threads N      threads, each with a connection   (8)
  --requests N     requests of each thread           (100)
  --keys N         how many different keys           (100)
  --seed N         same seed, same requests          (a fresh one, printed in the report)
  --json FILE      write all figures as JSON, too
  -h, --help       show this

The report goes to stdout, everything else to stderr.
Exit codes: 0 all well; 1 a failed RPC or a wrong answer; 2 bad arguments; 3 no server within 5 s.
`;
