import { formatAddress, isLoopback, parseServerNames, serverAddresses } from '../api/address.ts';
import type { Security } from '../api/options.ts';
import { type Flag, flagText, integerFlag } from './flags.ts';
import { portRange, portRule, readInteger } from './readers.ts';
import { readSecurity } from './security-flags.ts';
import type { Terminal } from './terminal.ts';
import type { Words } from './tokens.ts';

/** Where the servers are, and how they are talked to. */
export interface ServerWords {
  /** one host, or `host[:port],...` */
  readonly host: string;
  /** of the servers for which `host` says none */
  readonly port: number;
  readonly security: Security;
}

/** What `--host` says. */
interface NamedServers {
  /** of one server its host, else all as they were said */
  readonly host: string;
  /** of one server, if it was said */
  readonly port: number | undefined;
}

const hostDefault = '127.0.0.1';

export const hostFlag: Flag<NamedServers> = {
  name: 'host',
  operand: 'HOST[:PORT]',
  help: 'name or address of the server',
  shown: hostDefault,
  read: readHost,
};

export const portFlag = integerFlag('port', { ...portRange, fallback: 5440, operand: 'PORT' }, 'its port');

/** What --help says of several servers. */
export const severalServersHelp = `--host a:1,b:2 names several servers, and dns:///NAME all addresses of a name. A load run spreads its connections
over those that are up, every other command its calls. --host a,b takes the port that stands elsewhere.
`;

/** Reads `--host`, `--port` and the flags of security. */
export function readServer(words: Words, faults: string[]): ServerWords {
  const { host, port: hostPort } = hostFlag.read(words, faults);
  const port = portFlag.read(words, faults, hostPort);
  return {
    host,
    port: agreePort(hostPort, { label: '--port', port }, faults),
    security: readSecurity(words, faults),
  };
}

/** The same of a command that may have a TARGET: a PORT, or HOST:PORT in the place of `--host`. */
export function readTarget(target: string | undefined, words: Words, faults: string[]): ServerWords {
  if (target === undefined) return readServer(words, faults);
  if (target.includes(':') && parseServerNames(target) !== undefined) {
    const given = ['host', 'port'].find((name) => words.flags.has(name));
    if (given !== undefined) faults.push(`--${given}: expected none beside ${target}`);
    const flags = new Map(words.flags).set('host', { typed: target, value: target });
    return readServer({ ...words, flags }, faults);
  }
  const port = readInteger({ ...portRule, instead: ' or HOST:PORT' }, target, faults);
  const { host, port: hostPort } = hostFlag.read(words, faults);
  return {
    host,
    port: agreePort(hostPort, { label: 'PORT', port }, faults),
    security: readSecurity(words, faults),
  };
}

function readHost(words: Words, faults: string[]): NamedServers {
  const text = flagText(words, 'host') ?? hostDefault;
  const names = parseServerNames(text);
  if (names === undefined) {
    const expected = 'HOST[:PORT],... (host names, addresses, dns:///NAME)';
    faults.push(`--host: expected ${expected}, got ${JSON.stringify(text)}`);
  }
  const [first, ...others] = names ?? [];
  if (first === undefined || others.length > 0) return { host: text, port: undefined };
  return { host: first.isEach ? text : first.host, port: first.port };
}

/** The port of one server may be said twice: what is said twice must be the same. */
function agreePort(
  hostPort: number | undefined,
  other: { readonly label: string; readonly port: number },
  faults: string[],
): number {
  if (hostPort !== undefined && hostPort !== other.port) {
    faults.push(`--host: expected the same port as ${other.label}, ${other.port}, or none, got ${hostPort}`);
  }
  return other.port;
}

/**
 * Warns of a token that leaves the machine where everybody on the way can read it. It is no fault: the way may be kept
 * from others by something else, a tunnel say.
 */
export function warnOfClearText({ host, port, security }: ServerWords, { stderr }: Terminal): void {
  if (security.token === undefined || security.tls !== undefined) return;
  const far = serverAddresses(host, port).find((server) => !isLoopback(server.host));
  if (far === undefined) return;
  stderr.write(
    `numstore client: the token goes to ${formatAddress(far)} in clear text: --tls or --tls-ca hides it\n`,
  );
}
