import { isIPv4 } from 'node:net';

/** A server, or several behind one name, as `host[:port],...` names them. */
export interface ServerName {
  readonly host: string;
  /** undefined: not said */
  readonly port: number | undefined;
  /** `dns:///`: each address that the name has is a server of its own, not another way to the same one */
  readonly isEach: boolean;
}

/** A server whose port is known. */
export type ServerAddress = ServerName & { readonly port: number };

export const portMax = 65_535;
const eachPrefix = 'dns:///';

/**
 * Reads `host[:port],...`. An IPv6 address stands bare (`::1`) or, with a port, in brackets (`[::1]:5440`);
 * `dns:///name[:port]` means all addresses of a name.
 *
 * @returns undefined when it is not of that form
 */
export function parseServerNames(text: string): readonly ServerName[] | undefined {
  const names = text.split(',').map(parseServerName);
  const known = names.filter((name) => name !== undefined);
  return known.length === names.length ? known : undefined;
}

function parseServerName(text: string): ServerName | undefined {
  const isEach = text.startsWith(eachPrefix);
  const bare = isEach ? text.slice(eachPrefix.length) : text;
  const [, bracketed, named, portText] = /^(?:\[([\w.:%-]+)\]|([\w.%-]+))(?::(\d+))?$/.exec(bare) ?? [];
  const host = bracketed ?? named ?? (/^[\w.%-]*:[\w.:%-]*:[\w.:%-]*$/.test(bare) ? bare : undefined);
  const port = portText === undefined ? undefined : Number(portText);
  const isPort = port === undefined || (port >= 1 && port <= portMax);
  return host === undefined || host.startsWith('-') || !isPort ? undefined : { host, port, isEach };
}

/**
 * The servers that `host` names, each with its port, or with `port` where it says none.
 *
 * @throws TypeError when `host` is not of the form `host[:port],...`
 */
export function serverAddresses(host: string, port: number): readonly ServerAddress[] {
  const names = parseServerNames(host);
  if (names === undefined) throw new TypeError(`Expected host[:port],..., got ${JSON.stringify(host)}`);
  return names.map((name) => ({ ...name, port: name.port ?? port }));
}

/** `host:port`, with the brackets that an IPv6 address needs there. */
export function formatHostPort({ host, port }: Pick<ServerAddress, 'host' | 'port'>): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** What `serverAddresses` reads: `host:port`, after `dns:///` if each of its addresses is a server. */
export function formatAddress(server: ServerAddress): string {
  return `${server.isEach ? eachPrefix : ''}${formatHostPort(server)}`;
}

/** Whether what is sent to `host` stays on this machine. */
export function isLoopback(host: string): boolean {
  return host === '::1' || host.toLowerCase() === 'localhost' || (isIPv4(host) && host.startsWith('127.'));
}
