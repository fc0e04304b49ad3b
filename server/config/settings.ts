import { FACTORIAL_N_MAX } from '../factorial/size.ts';
import { transportNames } from '../transports/transport.ts';
import type { ServerConfig } from './config.ts';
import {
  byteCount,
  filePath,
  integer,
  namespace,
  nonEmpty,
  oneOf,
  onOrOff,
  orOff,
  storeSpec,
} from './parsers.ts';

/** From the most that is logged to nothing. */
const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** One setting: its flag, from which its environment variable is named, and how its text is read. */
export interface Setting<Value> {
  readonly flag: string;
  readonly fallback: string;
  readonly hint: string;
  /** Throws a RangeError that says what was expected. */
  readonly parse: (text: string) => Value;
}

type Settings = { readonly [Name in keyof ServerConfig]: Setting<ServerConfig[Name]> };

/** Every setting of the server, in the order of --help. */
export const settings: Settings = {
  port: { flag: 'port', fallback: '5440', hint: 'TCP port, 0 for any free one', parse: integer(0, 65_535) },
  host: { flag: 'host', fallback: '::', hint: 'address to listen on, :: for all', parse: nonEmpty },
  transport: {
    flag: 'transport',
    fallback: 'grpc-js',
    hint: `what carries the calls: ${transportNames.join(' or ')}`,
    parse: oneOf(transportNames),
  },
  store: {
    flag: 'store',
    fallback: 'memory',
    hint: 'memory, lmdb:DIR or redis://HOST:PORT/N',
    parse: storeSpec,
  },
  namespace: {
    flag: 'namespace',
    fallback: 'default',
    hint: 'which of the stores in one Redis',
    parse: namespace,
  },
  redisWait: {
    flag: 'redis-wait',
    fallback: '0',
    hint: 'replicas of Redis that must confirm a write',
    parse: integer(0, 100),
  },
  // In memory a key of usual length takes some 230 bytes: 230 MB, as much as results may take. Who has more says so.
  maxKeys: {
    flag: 'max-keys',
    fallback: '1000000',
    hint: 'keys that the store may hold',
    parse: integer(1, 1_000_000_000_000),
  },
  // A client needs one, which costs grpc-js some 26 KB while it is idle: about 100 MB, and as many open files.
  maxConnections: {
    flag: 'max-connections',
    fallback: '4096',
    hint: 'connections open at once',
    parse: integer(1, 1_000_000),
  },
  // Off: behind a proxy all clients have one address.
  maxConnectionsPerPeer: {
    flag: 'max-connections-per-peer',
    fallback: 'off',
    hint: 'connections of one address',
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
    parse: byteCount,
  },
  resultBytes: {
    flag: 'result-bytes',
    fallback: '256MiB',
    hint: 'bytes of all results together',
    parse: byteCount,
  },
  computeMemoryBytes: {
    flag: 'compute-memory',
    fallback: '1GiB',
    hint: 'memory of running computations',
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
    fallback: '10000',
    hint: 'milliseconds for calls under way when stopping',
    parse: integer(0, 3_600_000),
  },
  tlsCert: {
    flag: 'tls-cert',
    fallback: 'off',
    hint: 'certificate to show, and its chain, in PEM',
    parse: orOff(filePath),
  },
  tlsKey: { flag: 'tls-key', fallback: 'off', hint: 'its private key, in PEM', parse: orOff(filePath) },
  tlsCa: {
    flag: 'tls-ca',
    fallback: 'off',
    hint: 'who signs the certificates that callers must show',
    parse: orOff(filePath),
  },
  tokenFile: {
    flag: 'token-file',
    fallback: 'off',
    hint: 'tokens of callers, lines of read-only TOKEN or read-write TOKEN',
    parse: orOff(filePath),
  },
  reflection: {
    flag: 'reflection',
    fallback: 'on',
    hint: 'whether callers may ask what there is to call',
    parse: onOrOff,
  },
  slowMs: {
    flag: 'slow-ms',
    fallback: '0',
    hint: 'log calls that take so many milliseconds, 0 for none',
    parse: integer(0, 3_600_000),
  },
  metricsPort: {
    flag: 'metrics-port',
    fallback: 'off',
    hint: 'TCP port of /metrics, /healthz and /readyz',
    parse: orOff(integer(0, 65_535)),
  },
  metricsHost: {
    flag: 'metrics-host',
    fallback: '127.0.0.1',
    hint: 'address of the metrics port',
    parse: nonEmpty,
  },
  logLevel: {
    flag: 'log-level',
    fallback: 'info',
    hint: `one of ${logLevels.join(', ')}`,
    parse: oneOf(logLevels),
  },
};
