/** The flags of the load tester, for the help of the exercise's run. */
export const loadTesterHelp = `Load tester: any of these flags makes the run one of the load tester, of any length
  --duration T         send for so long: 30, 30s, 500ms, 5m  (10s, or until --requests of each thread are sent)
  --warmup T           send, but do not measure, before that (0)
  --connections N      connections of all threads together   (8)
  --in-flight N        calls at once on each connection      (1)
  --rate N             open loop: N calls per second, due at even distances whatever the server does; response
                       time counts from when a call was due. Without it, a call is sent when one has ended.
  --mix A=N,...        weights of SetNum, Fact, GetNum, AddNum, DeleteNum  (SetNum=1,Fact=1)
  --values FROM..TO    what SetNum stores and AddNum adds    (1..15)
  --distribution D     uniform, or zipf: few keys come most often  (uniform)
  --csv FILE           write each call's times, too
  --html FILE          write a page with charts, too
  --deadline-ms N      give a call up after so long          (10000)
With them, --threads is 1 unless it is given, and the other flags above mean the same.
`;

/** What `compare --help` prints. */
export const compareHelp = `Usage: npx tsx client/main.ts compare A.json B.json [flags]

Compares two runs of the load tester, from the files that its --json has written: p50, p99, mean and throughput, each
with the 95 % interval of the difference and what can be said of it.

Flags
  --json       write the comparison as JSON instead
  --html FILE  write a page with both percentile curves, too
  -h, --help   show this

The interval comes from a block bootstrap over windows of time: replies of one moment are like each other. It says how
one run varies within itself; what changes between runs shows only when both are repeated.
Exit codes: 0 compared; 2 bad arguments, or a file that is no such figures.
`;
