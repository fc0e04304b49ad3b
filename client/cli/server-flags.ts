import { formatAddress, isLoopback, parseServerNames, serverAddresses } from '../api/address.ts';
import type { Security } from '../api/options.ts';
import { flagText, portRule, readIntegerFlag } from './readers.ts';
import { readSecurity, securityFlags } from './security-flags.ts';
import type { Terminal } from './terminal.ts';
import type { FlagName, Words } from './tokens.ts';

/** Where the servers are, and how they are talked to. */
export interface ServerWords {
  /** one host, or `host[:port],...` */
  readonly host: string;
  /** of the servers for which `host` says none */
  readonly port: number;
  readonly security: Security;
}

/** The flags of every command that talks to a server; with those that have no PORT of their own goes `port`. */
export const serverFlags = ['host', ...securityFlags] as const satisfies readonly FlagName[];

const hostDefault = '127.0.0.1';
const portDefault = 5440;

/** Reads `--host`, `--port` and the flags of security. */
export function readServer(words: Words, faults: string[]): ServerWords {
  const { host, port: hostPort } = readHost(words, faults);
  const port = readIntegerFlag(words, 'port', portRule, hostPort ?? portDefault, faults);
  return {
    host,
    port: agreePort(hostPort, { label: '--port', port }, faults),
    security: readSecurity(words, faults),
  };
}

/** The same where the port stands by itself. */
export function readServerAt(port: number, words: Words, faults: string[]): ServerWords {
  const { host, port: hostPort } = readHost(words, faults);
  return {
    host,
    port: agreePort(hostPort, { label: 'PORT', port }, faults),
    security: readSecurity(words, faults),
  };
}

/** @returns of one server its host and, if said, its port; else all as they were said */
function readHost(words: Words, faults: string[]): { host: string; port: number | undefined } {
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
