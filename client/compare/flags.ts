import { readFile, readSwitch, refuseMore } from '../cli/readers.ts';
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

/** Reads `compare A.json B.json [flags]`. */
export function readCompare(words: Words, faults: string[]): CompareCommand {
  faults.push(...unknownFlags(words, ['json', 'html']));
  const [, a = '', b = ''] = words.positionals;
  if (b === '') faults.push('FILE FILE: expected two files that --json has written');
  refuseMore(words, ['A.json', 'B.json'], faults);
  return {
    kind: 'compare',
    a,
    b,
    json: readSwitch(words, 'json', faults),
    html: readFile(words, 'html', faults),
  };
}
