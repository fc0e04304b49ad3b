import { FACTORIAL_N_MAX } from '../factorial/size.ts';
import { transportNames } from '../transports/transport.ts';
import { byteCount, filePath, hostNames, integer, nonEmpty, oneOf, onOrOff, orOff } from './parsers.ts';
import { storeSettings } from './store-settings.ts';

/** From the most that is logged to nothing. */
const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** One setting: its flag, from which its environment variable is named, and how its text is read. */
export interface Setting<Value> {
  readonly flag: string;
  /** The text of the default. */
  readonly fallback: string;
  /** What --help says of it. */
  readonly hint: string;
  /** What docs/configuration.md says beyond the hint: sentences. */
  readonly more?: string;
  /** Of a number of bytes: the default is at most this share of what a memory limit leaves. */
  readonly share?: number;
  /** Its text may hold a password, and is never printed. */
  readonly isSecret?: true;
  /** Throws a RangeError that says what was expected. */
  readonly parse: (text: string) => Value;
}

/** How the server runs: the value of each setting. */
export interface ServerConfig extends ValuesOf<typeof settings> {
  /** The limit of the container, and the `maxN` that was asked, which may not fit. */
  readonly memoryLimit: { readonly bytes: number; readonly maxNAsked: number } | undefined;
}

/** The values that a table of settings reads. */
export type ValuesOf<Table extends SettingTable> = {
  readonly [Name in keyof Table]: ReturnType<Table[Name]['parse']>;
};

export type SettingTable = Readonly<Record<string, Setting<unknown>>>;

/** The environment variable of a flag. */
export function environmentName(flag: string): string {
  return `NUMSTORE_${flag.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * Every setting of the server, in the order of --help. A row is the whole declaration: `ServerConfig`, the flags, --help,
 * the environment's variables and docs/configuration.md derive from it.
 */
export const settings = {
  port: { flag: 'port', fallback: '5440', hint: 'TCP port, 0 for any free one', parse: integer(0, 65_535) },
  host: {
    flag: 'host',
    fallback: '::',
    hint: 'address to listen on, :: for all',
    more: '`::` is every interface, IPv6 and IPv4.',
    parse: nonEmpty('an address'),
  },
  transport: {
    flag: 'transport',
    fallback: 'grpc-js',
    hint: `what carries the calls: ${transportNames.join(' or ')}`,
    more: '`native` is our own HTTP/2.',
    parse: oneOf(transportNames),
  },
  ...storeSettings,
  maxKeys: {
    flag: 'max-keys',
    fallback: '1000000',
    hint: 'keys that the store may hold',
    more: 'In memory a key of usual length takes some 230 bytes, so the default is 230 MB.',
    parse: integer(1, 1_000_000_000_000),
  },
  maxConnections: {
    flag: 'max-connections',
    fallback: '4096',
    hint: 'connections open at once',
    more: 'A client needs one. An idle one costs grpc-js some 26 KB, so the default is about 100 MB, and as many open files.',
    parse: integer(1, 1_000_000),
  },
  maxConnectionsPerPeer: {
    flag: 'max-connections-per-peer',
    fallback: 'off',
    hint: 'connections of one address',
    more: 'Off, since behind a proxy all clients have one address.',
    parse: orOff(integer(1, 1_000_000)),
  },
  maxRatePerPeer: {
    flag: 'max-rate-per-peer',
    fallback: 'off',
    hint: 'calls per second of one address',
    parse: orOff(integer(1, 1_000_000_000)),
  },
  queueLimit: {
    flag: 'queue-limit',
    fallback: '256',
    hint: 'factorials that may wait for a worker',
    more: 'Factorials up to 30 000! overtake larger ones, in a queue of their own with the same limit.',
    parse: integer(1, 1_000_000),
  },
  maxN: {
    flag: 'max-n',
    fallback: '1000000',
    hint: `largest n of FactExact, at most ${FACTORIAL_N_MAX}`,
    parse: integer(0, FACTORIAL_N_MAX),
  },
  cacheBytes: {
    flag: 'cache-bytes',
    fallback: '64MiB',
    hint: 'bytes of results that the cache may keep',
    share: 1 / 16,
    parse: byteCount,
  },
  resultBytes: {
    flag: 'result-bytes',
    fallback: '256MiB',
    hint: 'bytes of all results together',
    share: 1 / 4,
    more: 'A result counts while the cache keeps it, while it is computed and while it is read. The largest result must fit. Results of up to 8 bytes, all that Fact has, count beside it.',
    parse: byteCount,
  },
  requestBytes: {
    flag: 'request-bytes',
    fallback: '16MiB',
    hint: 'bytes of requests that are not handled yet',
    share: 1 / 32,
    more: 'Over all connections. Beyond it the requests of the connection that holds the most are refused.',
    parse: byteCount,
  },
  computeMemoryBytes: {
    flag: 'compute-memory',
    fallback: '1GiB',
    hint: 'memory of running computations',
    share: 1 / 2,
    more: 'It is an estimate; computations wait for each other beyond it. Up to 30 000! they neither wait nor count.',
    parse: byteCount,
  },
  workerNice: {
    flag: 'worker-nice',
    fallback: '10',
    hint: 'niceness of the worker threads, 0 to 19',
    parse: integer(0, 19),
  },
  drainMs: {
    flag: 'drain-ms',
    fallback: '8000',
    hint: 'milliseconds for calls under way when stopping',
    more: 'Calls that take longer are cut off. Docker kills a container after 10 s, and Kubernetes after 30 s.',
    parse: integer(0, 3_600_000),
  },
  tlsCert: {
    flag: 'tls-cert',
    fallback: 'off',
    hint: 'certificate to show, and its chain, in PEM',
    more: 'It turns TLS on, together with `--tls-key`.',
    parse: orOff(filePath),
  },
  tlsKey: { flag: 'tls-key', fallback: 'off', hint: 'its private key, in PEM', parse: orOff(filePath) },
  tlsCa: {
    flag: 'tls-ca',
    fallback: 'off',
    hint: 'who signs the certificates that callers must show',
    more: 'With it every caller must show a certificate: mutual TLS.',
    parse: orOff(filePath),
  },
  tokenFile: {
    flag: 'token-file',
    fallback: 'off',
    hint: 'tokens of callers, lines of read-only TOKEN or read-write TOKEN',
    more: 'With it every caller must show one of the tokens.',
    parse: orOff(filePath),
  },
  reflection: {
    flag: 'reflection',
    fallback: 'on',
    hint: 'whether callers may ask what there is to call',
    parse: onOrOff,
  },
  warmUp: {
    flag: 'warm-up',
    fallback: 'on',
    hint: 'make the first calls fast, before listening',
    parse: onOrOff,
  },
  slowMs: {
    flag: 'slow-ms',
    fallback: '0',
    hint: 'log calls that take so many milliseconds, 0 for none',
    more: 'Each of these log lines says where the time of its call went.',
    parse: integer(0, 3_600_000),
  },
  metricsPort: {
    flag: 'metrics-port',
    fallback: 'off',
    hint: 'TCP port of /metrics, /healthz and /readyz',
    more: 'It also serves the live page.',
    parse: orOff(integer(0, 65_535)),
  },
  metricsHost: {
    flag: 'metrics-host',
    fallback: '127.0.0.1',
    hint: 'address of the metrics port',
    parse: nonEmpty('an address'),
  },
  metricsNames: {
    flag: 'metrics-names',
    fallback: 'off',
    hint: 'names by which the metrics port is asked, with commas between them',
    more: 'Addresses, localhost and `--metrics-host` always serve. Any other Host is refused: it may be a page of another site.',
    parse: orOff(hostNames),
  },
  logLevel: {
    flag: 'log-level',
    fallback: 'info',
    hint: `one of ${logLevels.join(', ')}`,
    parse: oneOf(logLevels),
  },
} satisfies SettingTable;
