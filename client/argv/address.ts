import { portRule } from './values.ts';

/** Where a server is, as `--host` says it. */
interface HostWords {
  readonly host: string;
  /** undefined: not said here */
  readonly port: number | undefined;
}

const hostDefault = '127.0.0.1';

/**
 * Reads `host[:port]`. An IPv6 address stands bare (`::1`) or, with a port, in brackets (`[::1]:5440`).
 *
 * @param text the value of `--host`; undefined means this machine
 */
export function readHost(text: string | undefined, faults: string[]): HostWords {
  if (text === undefined) return { host: hostDefault, port: undefined };
  const [, bracketed, named, portText] = /^(?:\[([\w.:%-]+)\]|([\w.%-]+))(?::(\d+))?$/.exec(text) ?? [];
  const host = bracketed ?? named ?? (/^[\w.%-]*:[\w.:%-]*:[\w.:%-]*$/.test(text) ? text : undefined);
  const port = portText === undefined ? undefined : Number(portText);
  const isPort = port === undefined || (port >= portRule.min && port <= portRule.max);
  if (host !== undefined && !host.startsWith('-') && isPort) return { host, port };
  faults.push(
    `--host: expected a host name or an address, or either with :PORT, got ${JSON.stringify(text)}`,
  );
  return { host: hostDefault, port: undefined };
}

/** The port, where it may be said twice: what is said twice must be the same. */
export function agreePort(
  hostPort: number | undefined,
  other: { readonly label: string; readonly port: number },
  faults: string[],
): number {
  if (hostPort !== undefined && hostPort !== other.port) {
    faults.push(`--host: expected the same port as ${other.label}, ${other.port}, or none, got ${hostPort}`);
  }
  return other.port;
}
