import { parseArgs } from 'node:util';
import { FACTORIAL_N_MAX, factorialBits } from './factorial/size.ts';
import { type LogLevel, logLevels } from './log.ts';
import { byteCount, integer, namespace, nonEmpty, oneOf, storeSpec } from './setting.ts';
import { type TransportName, transportNames } from './transport.ts';

/** How the server runs. */
export interface ServerConfig {
  /** TCP port; 0 takes any free one. */
  readonly port: number;
  /** Address to listen on; `::` is every interface, IPv6 and IPv4. */
  readonly host: string;
  /** What carries the calls. */
  readonly transport: TransportName;
  /** Which store, and where: `memory`, `lmdb:DIR` or `redis://HOST:PORT/N`. */
  readonly store: string;
  /** Which of the stores in one Redis this is. */
  readonly namespace: string;
  /** Replicas of Redis that must confirm a write before it is acknowledged. */
  readonly redisWait: number;
  /** Factorials that may wait for a worker. */
  readonly queueLimit: number;
  /** The largest number whose factorial FactExact computes. */
  readonly maxN: number;
  /** Bytes of results that the cache may keep. */
  readonly cacheBytes: number;
  /** Bytes of all results together: kept, being computed, being read. */
  readonly resultBytes: number;
  /** Memory that running computations may take together, in bytes, by estimate. */
  readonly computeMemoryBytes: number;
  /** Niceness of the worker threads, 0 to 19. */
  readonly workerNice: number;
  /** How long calls under way may take once the server is told to stop, in milliseconds. */
  readonly drainMs: number;
  readonly logLevel: LogLevel;
}

/** What the command line asks for. */
export type Invocation =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | StoreInvocation
  | { readonly kind: 'serve'; readonly config: ServerConfig };

/** A command on a store on disk, beside serving. */
export interface StoreInvocation {
  readonly kind: 'store';
  readonly command: StoreCommand;
  readonly operands: readonly string[];
}

type StoreCommand = keyof typeof storeOperands;

const storeOperands = { backup: ['FROM', 'TO'], verify: ['DIR'] } as const;

/** Every fault of the settings, in one message. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

interface Setting<Value> {
  readonly flag: string;
  readonly fallback: string;
  readonly hint: string;
  /** Throws a RangeError that says what was expected. */
  readonly parse: (text: string) => Value;
}

type Settings = { readonly [Name in keyof ServerConfig]: Setting<ServerConfig[Name]> };

const settings: Settings = {
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
  logLevel: {
    flag: 'log-level',
    fallback: 'info',
    hint: `one of ${logLevels.join(', ')}`,
    parse: oneOf(logLevels),
  },
};

/** The text of --help. */
export function usage(): string {
  const rows = Object.values(settings).map(({ flag, fallback, hint }) => {
    return `  ${`--${flag} ${fallback}`.padEnd(24)} ${hint} (${environmentName(flag)})`;
  });
  return [
    'NumStore: a key/number store over gRPC.',
    '',
    'Usage: server/main.ts [flags]             serves',
    '       server/main.ts backup FROM TO      copies an lmdb store, which may be in use',
    '       server/main.ts verify DIR          reads a whole lmdb store and checks it',
    '',
    'Flags, with their defaults, and the environment variables that they override:',
    ...rows,
    '  --help                   this text',
    '  --version                the version',
  ].join('\n');
}

/**
 * The settings: flags over environment variables over defaults.
 * @param argv the arguments after the script's name
 * @throws UsageError that lists every bad setting
 */
export function parseInvocation(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Invocation {
  const [command, ...operands] = argv;
  if (isStoreCommand(command)) return parseStoreCommand(command, operands);
  const faults: string[] = [];
  const flags = parseFlags(argv, faults);
  if (flags['help'] === true) return { kind: 'help' };
  if (flags['version'] === true) return { kind: 'version' };

  const read = <Value>({ flag, fallback, parse }: Setting<Value>): Value => {
    const name = environmentName(flag);
    const given = flags[flag];
    const [source, text] =
      typeof given === 'string' ? [`--${flag}`, given] : [name, environment[name] ?? fallback];
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      faults.push(`${source}: ${error.message}, got "${text}"`);
      return parse(fallback);
    }
  };
  const config: ServerConfig = {
    port: read(settings.port),
    host: read(settings.host),
    transport: read(settings.transport),
    store: read(settings.store),
    namespace: read(settings.namespace),
    redisWait: read(settings.redisWait),
    queueLimit: read(settings.queueLimit),
    maxN: read(settings.maxN),
    cacheBytes: read(settings.cacheBytes),
    resultBytes: read(settings.resultBytes),
    computeMemoryBytes: read(settings.computeMemoryBytes),
    workerNice: read(settings.workerNice),
    drainMs: read(settings.drainMs),
    logLevel: read(settings.logLevel),
  };
  const largestBytes = Math.ceil(factorialBits(config.maxN) / 8);
  if (largestBytes > config.resultBytes) {
    faults.push(`--result-bytes: Expected at least ${largestBytes} for --max-n ${config.maxN}`);
  }
  if (faults.length > 0) throw new UsageError(`${faults.join('\n')}\nRun with --help for the flags.`);
  return { kind: 'serve', config };
}

function isStoreCommand(word: string | undefined): word is StoreCommand {
  return word !== undefined && Object.hasOwn(storeOperands, word);
}

function parseStoreCommand(command: StoreCommand, operands: readonly string[]): StoreInvocation {
  const expected = storeOperands[command];
  if (operands.length !== expected.length || operands.includes('')) {
    const given = [command, ...operands].join(' ');
    throw new UsageError(`Expected ${command} ${expected.join(' ')}, got ${given}`);
  }
  return { kind: 'store', command, operands };
}

function parseFlags(argv: readonly string[], faults: string[]): Record<string, unknown> {
  const { values, tokens } = parseArgs({
    args: [...argv],
    strict: false,
    tokens: true,
    options: {
      help: { type: 'boolean' },
      version: { type: 'boolean' },
      ...Object.fromEntries(Object.values(settings).map(({ flag }) => [flag, { type: 'string' as const }])),
    },
  });
  const known = new Set(['help', 'version', ...Object.values(settings).map(({ flag }) => flag)]);
  for (const token of tokens) {
    if (token.kind === 'positional') faults.push(`Expected only flags, got "${token.value}"`);
    else if (token.kind === 'option') faults.push(...optionFaults(token, known));
  }
  return values;
}

function optionFaults(
  { name, rawName, value }: { name: string; rawName: string; value: string | undefined },
  known: ReadonlySet<string>,
): string[] {
  if (!known.has(name)) return [`${rawName}: there is no such flag`];
  const isSwitch = name === 'help' || name === 'version';
  if (isSwitch) return value === undefined ? [] : [`${rawName}: Expected no value, got "${value}"`];
  return value === undefined ? [`${rawName}: Expected a value, got none`] : [];
}

function environmentName(flag: string): string {
  return `NUMSTORE_${flag.toUpperCase().replaceAll('-', '_')}`;
}
