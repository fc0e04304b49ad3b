import { exitCodesHelp } from '../cli/exit.ts';
import { type AnyFlag, deadlineFlag, helpFlag, integerFlag, switchFlag, textFlag } from '../cli/flags.ts';
import { type CommandTable, renderHelp } from '../cli/help.ts';
import { readInt64, readKey, refuseMore } from '../cli/readers.ts';
import { securityFlags, securityHelp } from '../cli/security-flags.ts';
import { hostFlag, portFlag, readTarget, type ServerWords, severalServersHelp } from '../cli/server-flags.ts';
import { unknownFlags, type Words } from '../cli/tokens.ts';

/** What all commands on stored numbers have. */
interface Shared extends ServerWords {
  readonly deadlineMs: number;
  /** write JSON instead of columns */
  readonly json: boolean;
}

/** One command on stored numbers: see `runNumbers`. */
export type NumbersCommand = Shared &
  (
    | { readonly kind: 'get' | 'delete'; readonly key: string }
    | { readonly kind: 'set'; readonly key: string; readonly value: bigint }
    | { readonly kind: 'add'; readonly key: string; readonly delta: bigint }
    | {
        readonly kind: 'list';
        readonly prefix: string;
        readonly startAfter: string;
        /** 0: no limit */
        readonly limit: bigint;
      }
    | { readonly kind: 'stats' }
  );

/** What differs from one of these commands to the other. */
interface Usage {
  /** the command and its operands */
  readonly words: string;
  readonly about: string;
  /** what `--json` writes */
  readonly json: string;
  readonly own?: readonly AnyFlag[];
  readonly deadlineDefaultMs?: number;
}

const listFlags = {
  prefix: textFlag('prefix', 'P', 'only keys that begin with P'),
  startAfter: textFlag('start-after', 'K', 'only keys after K'),
  limit: integerFlag(
    'limit',
    { min: 0, max: Number.MAX_SAFE_INTEGER, fallback: 0 },
    'at most N of them; 0 means all',
  ),
};

const usages = {
  get: declare({
    words: 'get KEY',
    about: `Prints the number stored under KEY. A missing KEY is a line on stderr and exit code 1, so that nobody takes it for
a number.
`,
    json: 'write {"key", "value"}; numbers are strings',
  }),
  set: declare({
    words: 'set KEY VALUE',
    about: `Stores VALUE, a whole number from -2^63 to 2^63-1, under KEY, and prints the sum of all values after that.
`,
    json: 'write {"key", "value", "total", "revision"}; numbers are strings',
  }),
  add: declare({
    words: 'add KEY DELTA',
    about: `Adds DELTA, a whole number from -2^63 to 2^63-1, to the number stored under KEY; a missing KEY counts as 0. Prints the
number stored now, and the sum of all values (two columns).
`,
    json: 'write {"key", "value", "total", "revision"}; numbers are strings',
  }),
  delete: declare({
    words: 'delete KEY',
    about: `Deletes KEY and prints "deleted", or "missing" where there was none, and the sum of all values (two columns). A missing
KEY is exit code 0: afterwards it is gone, which is what was asked, and it may be asked again.
`,
    json: 'write {"key", "deleted", "total", "revision"}; numbers are strings',
  }),
  list: declare({
    words: 'list [TARGET]',
    about: `Prints all keys with their numbers, in the order of the UTF-8 bytes of the keys (two columns).
`,
    json: 'write {"key", "value"} for each, a line each; numbers are strings',
    own: Object.values(listFlags),
    // a long list takes a while, the more so where its reader is slow
    deadlineDefaultMs: 60_000,
  }),
  stats: declare({
    words: 'stats [TARGET]',
    about: `Prints how much there is and what has happened since the server started: names and figures (two columns). Of several
servers, one answers.
`,
    json: 'write them as one object; numbers are strings',
  }),
};

/** All commands on stored numbers. */
export const numbersTables: Readonly<Record<NumbersCommand['kind'], CommandTable<NumbersCommand>>> = {
  get: { ...usages.get, read: readGet },
  set: { ...usages.set, read: readSet },
  add: { ...usages.add, read: readAdd },
  delete: { ...usages.delete, read: readDelete },
  list: { ...usages.list, read: readList },
  stats: { ...usages.stats, read: readStats },
};

function declare({ words, about, json: text, own = [], deadlineDefaultMs = 10_000 }: Usage) {
  const [json, deadline] = [switchFlag('json', text), deadlineFlag(deadlineDefaultMs)];
  const flags = [...own, hostFlag, portFlag, json, deadline, helpFlag];
  const notes = `${securityHelp}
${severalServersHelp}
A KEY that begins with a dash stands after --; a number below 0 may stand where it is.
What is not a terminal gets columns with tabs between them. In a key, characters that would break a line or steer
a terminal are printed as \\t, \\n, \\r or \\u{HEX}, and a backslash as \\\\; JSON has its own escapes.
${exitCodesHelp}`;
  const [, ...operands] = words.replaceAll(/[[\]]/g, '').split(' ');
  const hasTarget = operands.includes('TARGET');
  return {
    operands,
    flags: [...flags, ...securityFlags],
    help: renderHelp({ words, about, flags, notes }),
    readShared: (given: Words, faults: string[]): Shared => ({
      ...readTarget(hasTarget ? given.positionals[1] : undefined, given, faults),
      deadlineMs: deadline.read(given, faults),
      json: json.read(given, faults),
    }),
  };
}

function readGet(words: Words, faults: string[]): NumbersCommand {
  return { kind: 'get', key: readKey(words, faults), ...readRest('get', words, faults) };
}

function readDelete(words: Words, faults: string[]): NumbersCommand {
  return { kind: 'delete', key: readKey(words, faults), ...readRest('delete', words, faults) };
}

function readSet(words: Words, faults: string[]): NumbersCommand {
  const key = readKey(words, faults);
  const value = readInt64('VALUE', words.positionals[2], faults);
  return { kind: 'set', key, value, ...readRest('set', words, faults) };
}

function readAdd(words: Words, faults: string[]): NumbersCommand {
  const key = readKey(words, faults);
  const delta = readInt64('DELTA', words.positionals[2], faults);
  return { kind: 'add', key, delta, ...readRest('add', words, faults) };
}

function readList(words: Words, faults: string[]): NumbersCommand {
  refuseOthers('list', words, faults);
  return {
    kind: 'list',
    prefix: listFlags.prefix.read(words, faults),
    startAfter: listFlags.startAfter.read(words, faults),
    limit: BigInt(listFlags.limit.read(words, faults)),
    ...usages.list.readShared(words, faults),
  };
}

function readStats(words: Words, faults: string[]): NumbersCommand {
  return { kind: 'stats', ...readRest('stats', words, faults) };
}

/** What each of these commands has, after its operands. */
function readRest(name: NumbersCommand['kind'], words: Words, faults: string[]): Shared {
  refuseOthers(name, words, faults);
  return usages[name].readShared(words, faults);
}

function refuseOthers(name: NumbersCommand['kind'], words: Words, faults: string[]): void {
  faults.push(...unknownFlags(words, usages[name].flags));
  refuseMore(words, usages[name].operands, faults);
}
