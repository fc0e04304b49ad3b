import { agreePort, readHost } from './address.ts';
import { flagText, portRule, readFile, readIntegerFlag, readSwitch } from './values.ts';
import { unknownFlags, type Words } from './words.ts';

/** One exact factorial: see `runFact`. */
export interface FactCommand {
  readonly kind: 'fact';
  readonly key: string;
  readonly host: string;
  readonly port: number;
  readonly deadlineMs: number;
  /** where to write the bytes instead of printing the digits, if anywhere */
  readonly bytes: string | undefined;
  /** print how many digits there are, not the digits */
  readonly digitsOnly: boolean;
}

const portDefault = 5440;
/** A large factorial takes seconds. */
const deadlineDefaultMs = 60_000;
const deadlineRule = { min: 1, max: 86_400_000 };

/** Reads `fact KEY [flags]`. */
export function readFact(words: Words, faults: string[]): FactCommand {
  faults.push(...unknownFlags(words, ['host', 'port', 'deadline-ms', 'bytes', 'digits-only']));
  const [, key, ...rest] = words.positionals;
  if (key === undefined) faults.push('KEY: expected a key after fact, got nothing');
  for (const word of rest) faults.push(`${JSON.stringify(word)}: expected nothing after KEY but flags`);
  const { host, port: hostPort } = readHost(flagText(words, 'host'), faults);
  const port = readIntegerFlag(words, 'port', portRule, hostPort ?? portDefault, faults);
  return {
    kind: 'fact',
    key: key ?? '',
    host,
    port: agreePort(hostPort, { label: '--port', port }, faults),
    deadlineMs: readIntegerFlag(words, 'deadline-ms', deadlineRule, deadlineDefaultMs, faults),
    bytes: readFile(words, 'bytes', faults),
    digitsOnly: readSwitch(words, 'digits-only', faults),
  };
}
