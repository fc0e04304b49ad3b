import { fileFlag, helpFlag, switchFlag } from '../cli/flags.ts';
import { type CommandTable, renderHelp } from '../cli/help.ts';
import { refuseMore } from '../cli/readers.ts';
import { unknownFlags, type Words } from '../cli/tokens.ts';

/** Two runs of the load tester side by side: see `runCompare`. */
export interface CompareCommand {
  readonly kind: 'compare';
  /** files that `--json` has written */
  readonly a: string;
  readonly b: string;
  /** write the comparison as JSON instead */
  readonly json: boolean;
  /** where to write the page, if anywhere */
  readonly html: string | undefined;
}

const flags = {
  json: switchFlag('json', 'write the comparison as JSON instead'),
  html: fileFlag('html', 'write a page with both percentile curves, too'),
  help: helpFlag,
};

/** `compare A.json B.json [flags]`. */
export const compareTable: CommandTable<CompareCommand> = {
  flags: Object.values(flags),
  help: renderHelp({
    words: 'compare A.json B.json',
    about: `Compares two runs of the load tester, from the files that its --json has written: p50, p99, mean and throughput, each
with the 95 % interval of the difference and what can be said of it.
`,
    flags: Object.values(flags),
    layout: { nameWidth: 15, textWidth: 0 },
    notes: `The interval comes from a block bootstrap over windows of time: replies of one moment are like each other. It says how
one run varies within itself; what changes between runs shows only when both are repeated.
Exit codes: 0 compared; 2 bad arguments, or a file that is no such figures.
`,
  }),
  read: readCompare,
};

function readCompare(words: Words, faults: string[]): CompareCommand {
  faults.push(...unknownFlags(words, compareTable.flags));
  const [, a = '', b = ''] = words.positionals;
  if (b === '') faults.push('FILE FILE: expected two files that --json has written');
  refuseMore(words, ['A.json', 'B.json'], faults);
  return {
    kind: 'compare',
    a,
    b,
    json: flags.json.read(words, faults),
    html: flags.html.read(words, faults),
  };
}
