/** One server: a name or an address, and its port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where a store in Redis is. */
export interface RedisPlace {
  /** One server, some nodes of a cluster, or some sentinels. */
  readonly hosts: readonly Address[];
  /** What the sentinels call the master; `undefined` where `hosts` are no sentinels. */
  readonly masterName: string | undefined;
  readonly isTls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
}

const expected =
  'Expected memory, lmdb:DIR or redis://HOST:PORT/N ' +
  '(redis://HOST,HOST for a cluster, redis+sentinel://HOST,HOST/NAME for Sentinel, rediss for TLS)';
const encoded: Readonly<Record<string, string>> = { '#': '%23', '?': '%3F', '@': '%40', '/': '%2F' };
const redisPort = 6379;
const sentinelPort = 26379;

/** @throws RangeError that says what is wrong, and repeats nothing of `text`: it may hold a password */
export function parseRedisPlace(text: string): RedisPlace {
  const [, tls, sentinel, rest = ''] = /^redis(s?)(\+sentinel)?:\/\/(.*)$/s.exec(text) ?? [];
  if (tls === undefined) throw new RangeError(expected);
  const at = rest.lastIndexOf('@');
  const [username, password] = at === -1 ? [] : parseUser(rest.slice(0, at));
  const [hosts = '', ...path] = rest.slice(at + 1).split('/');
  const unencoded = /[#?]/.exec(rest);
  if (unencoded !== null) throw mustEncode(unencoded[0]);
  // redis://:a/b is a password with a slash, and its host is missing.
  if (hosts.startsWith(':')) throw new RangeError(`${expected}. A password ends with @, before HOST`);
  const place = {
    hosts: hosts.split(',').map((host) => parseAddress(host, sentinel ? sentinelPort : redisPort)),
    isTls: tls === 's',
    username: username === '' ? undefined : username,
    password,
  };
  const masterName = sentinel === undefined ? undefined : decode(path.shift() ?? '');
  if (masterName === '') throw new RangeError(`${expected}, and NAME of the master is missing`);
  const [database = '', ...more] = path;
  if (!/^\d{0,4}$/.test(database) || more.length > 0) {
    throw new RangeError(`${expected}, and N is no database number`);
  }
  return { ...place, masterName, database: Number(database) };
}

/** The place without user and password. */
export function describePlace({ hosts, masterName, isTls, database }: RedisPlace): string {
  const scheme = `redis${isTls ? 's' : ''}${masterName === undefined ? '' : '+sentinel'}`;
  const name = masterName === undefined ? '' : `/${masterName}`;
  return `${scheme}://${hosts.map(describeAddress).join(',')}${name}/${database}`;
}

export function describeAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function parseUser(text: string): [string, string | undefined] {
  const raw = /[@/?#]/.exec(text);
  if (raw !== null) throw mustEncode(raw[0]);
  const colon = text.indexOf(':');
  if (colon === -1) return [decode(text), undefined];
  return [decode(text.slice(0, colon)), decode(text.slice(colon + 1))];
}

function parseAddress(text: string, portDefault: number): Address {
  const [, bracketed, plain, port] = /^(?:\[([\da-fA-F:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const number = Number(port ?? portDefault);
  if (host === undefined) throw new RangeError(`${expected}, and HOST is missing or none`);
  if (number < 1 || number > 65_535) throw new RangeError(`${expected}, and PORT is none`);
  return { host, port: number };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RangeError(`${expected}. Write % in a user or password as %25`);
  }
}

function mustEncode(character: string): RangeError {
  const how = encoded[character] ?? encodeURIComponent(character);
  return new RangeError(
    `${expected}. Write ${character} in a user or password as ${how}, or use --store-password-file`,
  );
}
