import { exitCodesHelp } from '../cli/exit.ts';
import { helpFlag, integerFlag, switchFlag } from '../cli/flags.ts';
import { type CommandTable, renderHelp } from '../cli/help.ts';
import { refuseMore } from '../cli/readers.ts';
import { securityFlags, securityHelp } from '../cli/security-flags.ts';
import { hostFlag, portFlag, readTarget, type ServerWords, severalServersHelp } from '../cli/server-flags.ts';
import { unknownFlags, type Words } from '../cli/tokens.ts';

/** The figures of a server, again and again: see `runWatch`. */
export interface WatchCommand extends ServerWords {
  readonly kind: 'watch';
  readonly intervalMs: number;
  /** how many times; 0: until somebody ends it */
  readonly count: number;
  readonly json: boolean;
}

const flags = {
  host: hostFlag,
  port: portFlag,
  // more often nobody can read, and the server answers each
  interval: integerFlag(
    'interval-ms',
    { min: 100, max: 3_600_000, fallback: 1000 },
    'milliseconds from one time to the next',
  ),
  count: integerFlag(
    'count',
    { min: 0, max: Number.MAX_SAFE_INTEGER, fallback: 0 },
    'end after so many times; 0 means never',
  ),
  json: switchFlag('json', 'write one object each time; numbers are strings'),
  help: helpFlag,
};

/** `watch [TARGET] [flags]`. */
export const watchTable: CommandTable<WatchCommand> = {
  flags: [...Object.values(flags), ...securityFlags],
  help: renderHelp({
    words: 'watch [TARGET]',
    about: `Shows how much there is and what has happened, again and again, until Ctrl-C: a table that changes in place, with how
much is added a second. What is not a terminal gets a line each time, with tabs between the columns, after a line that
names them. A server that goes away is waited for.
`,
    flags: Object.values(flags),
    notes: `${securityHelp}\n${severalServersHelp}\n${exitCodesHelp}`,
  }),
  read: readWatch,
};

function readWatch(words: Words, faults: string[]): WatchCommand {
  faults.push(...unknownFlags(words, watchTable.flags));
  refuseMore(words, ['TARGET'], faults);
  return {
    kind: 'watch',
    ...readTarget(words.positionals[1], words, faults),
    intervalMs: flags.interval.read(words, faults),
    count: flags.count.read(words, faults),
    json: flags.json.read(words, faults),
  };
}
