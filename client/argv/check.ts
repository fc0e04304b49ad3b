import { readServer, readServerAt } from './address.ts';
import { portRule, readFile, readInteger, readIntegerFlag } from './values.ts';
import { unknownFlags, type Words } from './words.ts';

/** Black-box checks of a server: see `runCheckCommand`. */
export interface CheckCommand {
  readonly kind: 'check';
  readonly host: string;
  readonly port: number;
  /** the .proto file of the server, where it is not ours */
  readonly proto: string | undefined;
  /** milliseconds that a call may take */
  readonly timeoutMs: number;
  /** how many keys the difference rule is tried with */
  readonly keys: number;
  /** where to write the results as JSON, if anywhere */
  readonly json: string | undefined;
  /** where to write the results as JUnit's XML, if anywhere */
  readonly junit: string | undefined;
}

const timeoutRule = { min: 1, max: 600_000 };
const timeoutDefaultMs = 5_000;
const keysRule = { min: 1, max: 1_000_000 };
/** To sum so many takes a millisecond in Python, which shows beside a call. */
const keysDefault = 20_000;

/** Reads `check [PORT] [flags]`. */
export function readCheck(words: Words, faults: string[]): CheckCommand {
  const known = ['host', 'port', 'proto', 'timeout', 'keys', 'json', 'junit'] as const;
  faults.push(...unknownFlags(words, known));
  const [, first, ...rest] = words.positionals;
  for (const word of rest) faults.push(`${JSON.stringify(word)}: expected nothing after PORT but flags`);
  const { host, port } =
    first === undefined
      ? readServer(words, faults)
      : readServerAt(readInteger(portRule, first, faults), words, faults);
  return {
    kind: 'check',
    host,
    port,
    proto: readFile(words, 'proto', faults),
    timeoutMs: readIntegerFlag(words, 'timeout', timeoutRule, timeoutDefaultMs, faults),
    keys: readIntegerFlag(words, 'keys', keysRule, keysDefault, faults),
    json: readFile(words, 'json', faults),
    junit: readFile(words, 'junit', faults),
  };
}
