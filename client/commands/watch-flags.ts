import { readIntegerFlag, readSwitch, refuseMore } from '../cli/readers.ts';
import { readServer, type ServerWords, serverFlags } from '../cli/server-flags.ts';
import { unknownFlags, type Words } from '../cli/tokens.ts';

/** The figures of a server, again and again: see `runWatch`. */
export interface WatchCommand extends ServerWords {
  readonly kind: 'watch';
  readonly intervalMs: number;
  /** how many times; 0: until somebody ends it */
  readonly count: number;
  readonly json: boolean;
}

/** More often nobody can read, and the server answers each. */
const intervalRule = { min: 100, max: 3_600_000 };
const intervalDefaultMs = 1000;
const countRule = { min: 0, max: Number.MAX_SAFE_INTEGER };

/** Reads `watch [flags]`. */
export function readWatch(words: Words, faults: string[]): WatchCommand {
  faults.push(...unknownFlags(words, [...serverFlags, 'port', 'interval-ms', 'count', 'json']));
  refuseMore(words, [], faults);
  return {
    kind: 'watch',
    ...readServer(words, faults),
    intervalMs: readIntegerFlag(words, 'interval-ms', intervalRule, intervalDefaultMs, faults),
    count: readIntegerFlag(words, 'count', countRule, 0, faults),
    json: readSwitch(words, 'json', faults),
  };
}
