import { parseArgs } from 'node:util';

/** A flag as it stands on the command line. */
interface GivenFlag {
  /** with its dashes, as it was typed */
  readonly typed: string;
  /** undefined: no value followed */
  readonly value: string | undefined;
}

/** The words of a command line, sorted; of a flag given twice the last counts. */
export interface Words {
  readonly positionals: readonly string[];
  readonly flags: ReadonlyMap<string, GivenFlag>;
}

const text = { type: 'string' } as const;
const toggle = { type: 'boolean' } as const;

/**
 * The flags of all commands: which of them take a value must be known before the words are sorted. `--json` takes
 * one only where it names a file.
 */
const commandOptions = {
  host: text,
  port: text,
  threads: text,
  requests: text,
  keys: text,
  seed: text,
  json: toggle,
  timing: toggle,
  client: text,
  verify: toggle,
  fresh: toggle,
  bytes: text,
  'digits-only': toggle,
  'deadline-ms': text,
  duration: text,
  warmup: text,
  connections: text,
  'in-flight': text,
  rate: text,
  mix: text,
  values: text,
  distribution: text,
  csv: text,
  html: text,
  prefix: text,
  'start-after': text,
  limit: text,
  'interval-ms': text,
  count: text,
  proto: text,
  timeout: text,
  junit: text,
  tls: toggle,
  'tls-ca': text,
  'tls-cert': text,
  'tls-key': text,
  'tls-server-name': text,
  'token-file': text,
  help: { type: 'boolean', short: 'h' },
} as const;
const runOptions = { ...commandOptions, json: text } as const;

export type FlagName = keyof typeof commandOptions;

/**
 * Sorts the words after the program's name. Faults are left to the command: it knows what it understands.
 *
 * @param hasJsonSwitch whether `--json` takes no value after a word that stands first
 */
export function sortWords(argv: readonly string[], hasJsonSwitch: (word: string) => boolean): Words {
  const words = sortBy(commandOptions, argv);
  const [first] = words.positionals;
  return first !== undefined && hasJsonSwitch(first) ? words : sortBy(runOptions, argv);
}

function sortBy(options: typeof commandOptions | typeof runOptions, argv: readonly string[]): Words {
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  // -5 is a number, not the flags of which parseArgs makes one for each digit
  const numbers = new Set<number>();
  const positionals: string[] = [];
  const flags = new Map<string, GivenFlag>();
  for (const token of tokens) {
    const word = argv[token.index] ?? '';
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option' || numbers.has(token.index)) continue;
    if (!/^-\d/.test(word)) flags.set(token.name, { typed: token.rawName, value: token.value });
    else {
      numbers.add(token.index);
      positionals.push(word);
    }
  }
  return { positionals, flags };
}

/** The names of the flags of all commands. */
export const flagNames: readonly string[] = Object.keys(commandOptions);

/** The faults of flags that are not among `known`. */
export function unknownFlags({ flags }: Words, known: readonly string[]): readonly string[] {
  const names = new Set([...known, 'help']);
  return [...flags].flatMap(([name, { typed }]) => (names.has(name) ? [] : [`${typed}: unknown flag`]));
}
