import { readVerify, type VerifyWords } from '../load/verify/flags.ts';
import { readServerAt, type ServerWords, serverFlags } from './address.ts';
import { portRule, readFile, readInteger, readIntegerFlag, readSwitch } from './values.ts';
import { type FlagName, unknownFlags, type Words } from './words.ts';

/** The exercise's run: see `runLoad`. */
export interface LoadCommand extends ServerWords, VerifyWords {
  readonly kind: 'load';
  readonly threads: number;
  readonly requests: number;
  readonly keys: number;
  /** undefined: draw one */
  readonly seed: number | undefined;
  /** where to write the figures as JSON, if anywhere */
  readonly json: string | undefined;
  /** whether to ask the server where its time went */
  readonly timing: boolean;
}

/** The flags of every run; the load tester has more. */
export const loadFlags = [
  ...serverFlags,
  'threads',
  'requests',
  'keys',
  'seed',
  'json',
  'timing',
  'verify',
  'fresh',
] as const satisfies readonly FlagName[];

export const threadsRule = { min: 1, max: 256 };
const requestsRule = { min: 1, max: 1_000_000 };
export const keysRule = { min: 1, max: 1_000_000 };
export const seedRule = { min: 0, max: Number.MAX_SAFE_INTEGER };
/** Every response time is kept, 8 bytes each: percentiles come from the raw samples. */
const requestsTotalMax = 10_000_000;

/** Reads `PORT [flags]`. */
export function readLoad(words: Words, faults: string[]): LoadCommand {
  faults.push(...unknownFlags(words, loadFlags));
  const [first, ...rest] = words.positionals;
  for (const word of rest) faults.push(`${JSON.stringify(word)}: expected nothing after PORT but flags`);
  const port = readInteger(portRule, first, faults);
  const threads = readIntegerFlag(words, 'threads', threadsRule, 8, faults);
  const requests = readIntegerFlag(words, 'requests', requestsRule, 100, faults);
  const keys = readIntegerFlag(words, 'keys', keysRule, 100, faults);
  const command: LoadCommand = {
    kind: 'load',
    ...readServerAt(port, words, faults),
    threads,
    requests,
    keys,
    seed: words.flags.has('seed') ? readIntegerFlag(words, 'seed', seedRule, 0, faults) : undefined,
    json: readFile(words, 'json', faults),
    timing: readSwitch(words, 'timing', faults),
    ...readVerify(words, { keys, calls: threads * requests }, faults),
  };
  const all = threads * requests;
  if (all > requestsTotalMax) {
    faults.push(`--threads x --requests: expected at most ${requestsTotalMax} in all, got ${all}`);
  }
  return command;
}
