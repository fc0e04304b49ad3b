import { parseArgs } from 'node:util';
import { UsageError } from './usage-error.ts';

/** The exercise's run: see `runLoad`. */
export interface LoadCommand {
  readonly kind: 'load';
  readonly host: string;
  readonly port: number;
  readonly threads: number;
  readonly requests: number;
  readonly keys: number;
  /** undefined: draw one */
  readonly seed: number | undefined;
  /** where to write the figures as JSON, if anywhere */
  readonly json: string | undefined;
}

export type Command = LoadCommand | { readonly kind: 'help' };

/** A whole number that is asked for, and what it may be. */
interface IntegerFlag {
  readonly label: string;
  readonly min: number;
  readonly max: number;
}

const portFlag = { label: 'PORT', min: 1, max: 65_535 };
const threadsFlag = { label: '--threads', min: 1, max: 256 };
const requestsFlag = { label: '--requests', min: 1, max: 1_000_000 };
const keysFlag = { label: '--keys', min: 1, max: 1_000_000 };
const seedFlag = { label: '--seed', min: 0, max: Number.MAX_SAFE_INTEGER };
/** Every response time is kept, 8 bytes each: percentiles come from the raw samples. */
const requestsTotalMax = 10_000_000;

const options = {
  host: { type: 'string' },
  threads: { type: 'string' },
  requests: { type: 'string' },
  keys: { type: 'string' },
  seed: { type: 'string' },
  json: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} satisfies NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>;

/** The words of a command line, sorted; of a flag given twice the last counts. */
interface Words {
  readonly positionals: readonly string[];
  readonly flags: ReadonlyMap<string, string>;
}

/**
 * Reads the words after the program's name.
 *
 * @throws UsageError that lists every fault, each with what was expected
 */
export function parseArguments(argv: readonly string[]): Command {
  const faults: string[] = [];
  const words = sortWords(argv, faults);
  if (words.flags.has('help')) return { kind: 'help' };
  const command = readLoad(words, faults);
  if (faults.length > 0) throw new UsageError(faults);
  return command;
}

function sortWords(argv: readonly string[], faults: string[]): Words {
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const positionals: string[] = [];
  const flags = new Map<string, string>();
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    if (!Object.hasOwn(options, token.name)) faults.push(`${token.rawName}: unknown flag`);
    else flags.set(token.name, token.value ?? '');
  }
  return { positionals, flags };
}

function readLoad({ positionals, flags }: Words, faults: string[]): LoadCommand {
  const [port, ...rest] = positionals;
  for (const word of rest) faults.push(`${JSON.stringify(word)}: expected nothing after PORT but flags`);
  const integer = (flag: IntegerFlag, name: string, fallback: number): number => {
    const text = flags.get(name);
    return text === undefined ? fallback : readInteger(flag, text, faults);
  };
  const command: LoadCommand = {
    kind: 'load',
    port: readInteger(portFlag, port, faults),
    host: readHost(flags.get('host') ?? '127.0.0.1', faults),
    threads: integer(threadsFlag, 'threads', 8),
    requests: integer(requestsFlag, 'requests', 100),
    keys: integer(keysFlag, 'keys', 100),
    seed: flags.has('seed') ? integer(seedFlag, 'seed', 0) : undefined,
    json: readFile(flags.get('json'), faults),
  };
  const all = command.threads * command.requests;
  if (all > requestsTotalMax) {
    faults.push(`--threads x --requests: expected at most ${requestsTotalMax} in all, got ${all}`);
  }
  return command;
}

function readInteger({ label, min, max }: IntegerFlag, text: string | undefined, faults: string[]): number {
  const value = text !== undefined && /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  const got = text === undefined ? 'nothing' : JSON.stringify(text);
  faults.push(`${label}: expected a whole number from ${min} to ${max}, got ${got}`);
  return min;
}

function readHost(text: string, faults: string[]): string {
  if (!/^[\w.:%-]+$/.test(text) || text.startsWith('-')) {
    faults.push(`--host: expected a host name or an address, got ${JSON.stringify(text)}`);
  }
  return text;
}

function readFile(text: string | undefined, faults: string[]): string | undefined {
  if (text === '' || text?.startsWith('-')) {
    faults.push(`--json: expected the name of a file, got ${JSON.stringify(text)}`);
  }
  return text;
}
