import { readServerAt, type ServerWords } from './address.ts';
import { portRule, readFile, readInteger, readIntegerFlag, readSwitch } from './values.ts';
import { unknownFlags, type Words } from './words.ts';

/** The exercise's run: see `runLoad`. */
export interface LoadCommand extends ServerWords {
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

const threadsRule = { min: 1, max: 256 };
const requestsRule = { min: 1, max: 1_000_000 };
const keysRule = { min: 1, max: 1_000_000 };
const seedRule = { min: 0, max: Number.MAX_SAFE_INTEGER };
/** Every response time is kept, 8 bytes each: percentiles come from the raw samples. */
const requestsTotalMax = 10_000_000;

/** Reads `PORT [flags]`. */
export function readLoad(words: Words, faults: string[]): LoadCommand {
  const known = ['host', 'threads', 'requests', 'keys', 'seed', 'json', 'timing'] as const;
  faults.push(...unknownFlags(words, known));
  const [first, ...rest] = words.positionals;
  for (const word of rest) faults.push(`${JSON.stringify(word)}: expected nothing after PORT but flags`);
  const port = readInteger(portRule, first, faults);
  const command: LoadCommand = {
    kind: 'load',
    ...readServerAt(port, words, faults),
    threads: readIntegerFlag(words, 'threads', threadsRule, 8, faults),
    requests: readIntegerFlag(words, 'requests', requestsRule, 100, faults),
    keys: readIntegerFlag(words, 'keys', keysRule, 100, faults),
    seed: words.flags.has('seed') ? readIntegerFlag(words, 'seed', seedRule, 0, faults) : undefined,
    json: readFile(words, 'json', faults),
    timing: readSwitch(words, 'timing', faults),
  };
  const all = command.threads * command.requests;
  if (all > requestsTotalMax) {
    faults.push(`--threads x --requests: expected at most ${requestsTotalMax} in all, got ${all}`);
  }
  return command;
}
