import {
  readDeadline,
  readInt64,
  readIntegerFlag,
  readKey,
  readSwitch,
  readText,
  refuseMore,
} from '../cli/readers.ts';
import { readServer, type ServerWords, serverFlags } from '../cli/server-flags.ts';
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

const sharedFlags = [...serverFlags, 'port', 'deadline-ms', 'json'];
const deadlineDefaultMs = 10_000;
/** A long list takes a while, the more so where its reader is slow. */
const listDeadlineDefaultMs = 60_000;
const limitRule = { min: 0, max: Number.MAX_SAFE_INTEGER };

/** Reads `get KEY [flags]`. */
export function readGet(words: Words, faults: string[]): NumbersCommand {
  return { kind: 'get', key: readKey(words, faults), ...readRest(words, ['KEY'], faults) };
}

/** Reads `delete KEY [flags]`. */
export function readDelete(words: Words, faults: string[]): NumbersCommand {
  return { kind: 'delete', key: readKey(words, faults), ...readRest(words, ['KEY'], faults) };
}

/** Reads `set KEY VALUE [flags]`. */
export function readSet(words: Words, faults: string[]): NumbersCommand {
  const key = readKey(words, faults);
  const value = readInt64('VALUE', words.positionals[2], faults);
  return { kind: 'set', key, value, ...readRest(words, ['KEY', 'VALUE'], faults) };
}

/** Reads `add KEY DELTA [flags]`. */
export function readAdd(words: Words, faults: string[]): NumbersCommand {
  const key = readKey(words, faults);
  const delta = readInt64('DELTA', words.positionals[2], faults);
  return { kind: 'add', key, delta, ...readRest(words, ['KEY', 'DELTA'], faults) };
}

/** Reads `list [flags]`. */
export function readList(words: Words, faults: string[]): NumbersCommand {
  faults.push(...unknownFlags(words, [...sharedFlags, 'prefix', 'start-after', 'limit']));
  refuseMore(words, [], faults);
  return {
    kind: 'list',
    prefix: readText(words, 'prefix', faults),
    startAfter: readText(words, 'start-after', faults),
    limit: BigInt(readIntegerFlag(words, 'limit', limitRule, 0, faults)),
    ...readShared(words, listDeadlineDefaultMs, faults),
  };
}

/** Reads `stats [flags]`. */
export function readStats(words: Words, faults: string[]): NumbersCommand {
  return { kind: 'stats', ...readRest(words, [], faults) };
}

function readRest(words: Words, operands: readonly string[], faults: string[]): Shared {
  faults.push(...unknownFlags(words, sharedFlags));
  refuseMore(words, operands, faults);
  return readShared(words, deadlineDefaultMs, faults);
}

function readShared(words: Words, fallbackMs: number, faults: string[]): Shared {
  return {
    ...readServer(words, faults),
    deadlineMs: readDeadline(words, fallbackMs, faults),
    json: readSwitch(words, 'json', faults),
  };
}
