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

/** The flags of all commands: which of them take a value must be known before the command is. */
const options = {
  host: text,
  port: text,
  threads: text,
  requests: text,
  keys: text,
  seed: text,
  json: text,
  timing: toggle,
  bytes: text,
  'digits-only': toggle,
  'deadline-ms': text,
  proto: text,
  timeout: text,
  junit: text,
  help: { type: 'boolean', short: 'h' },
} as const;

export type FlagName = keyof typeof options;

/** Sorts the words after the program's name. Faults are left to the command: it knows what it understands. */
export function sortWords(argv: readonly string[]): Words {
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const positionals: string[] = [];
  const flags = new Map<string, GivenFlag>();
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind === 'option') flags.set(token.name, { typed: token.rawName, value: token.value });
  }
  return { positionals, flags };
}

/** The names of the flags of all commands. */
export const flagNames: readonly string[] = Object.keys(options);

/** The faults of flags that are not among `known`. */
export function unknownFlags({ flags }: Words, known: readonly string[]): readonly string[] {
  const names = new Set([...known, 'help']);
  return [...flags].flatMap(([name, { typed }]) => (names.has(name) ? [] : [`${typed}: unknown flag`]));
}
