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

/** What must be known of a flag before the words are sorted. */
export interface FlagForm {
  readonly name: string;
  /** what stands for its value in --help; undefined: a switch, which takes none */
  readonly operand?: string | undefined;
  /** one letter that stands for it after a single dash */
  readonly short?: string | undefined;
}

/**
 * Sorts the words after the program's name. Faults are left to the command: it knows what it understands.
 *
 * @param forms of flags of one name the last counts
 */
export function sortWords(argv: readonly string[], forms: readonly FlagForm[]): Words {
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(forms.map((form) => [form.name, optionOf(form)])),
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

function optionOf({ operand, short }: FlagForm): { type: 'string' | 'boolean'; short?: string } {
  return { type: operand === undefined ? 'boolean' : 'string', ...(short === undefined ? {} : { short }) };
}

/** The faults of flags that are not among `known`. */
export function unknownFlags({ flags }: Words, known: readonly FlagForm[]): readonly string[] {
  const names = new Set(known.map(({ name }) => name));
  return [...flags].flatMap(([name, { typed }]) => (names.has(name) ? [] : [`${typed}: unknown flag`]));
}
