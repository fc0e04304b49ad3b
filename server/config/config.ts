import { parseArgs } from 'node:util';
import { factorialBits } from '../factorial/size.ts';
import { memoryKeysMax } from '../store/memory.ts';
import type { TransportName } from '../transports/transport.ts';
import { type LogLevel, type Setting, settings } from './settings.ts';

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
  /** Keys that the store may hold. */
  readonly maxKeys: number;
  /** Connections that may be open at once. */
  readonly maxConnections: number;
  /** ... and those of one address; `undefined` is no limit of its own. */
  readonly maxConnectionsPerPeer: number | undefined;
  /** Calls per second of one address; `undefined` is no limit. */
  readonly maxRatePerPeer: number | undefined;
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
  /** PEM file of the certificate that the server shows, with its chain; `undefined` is no TLS. */
  readonly tlsCert: string | undefined;
  /** PEM file of its private key. */
  readonly tlsKey: string | undefined;
  /** PEM file of who signs the certificates of callers: with it every caller must show one. */
  readonly tlsCa: string | undefined;
  /** File of the tokens of which callers must show one; `undefined` lets everybody in. */
  readonly tokenFile: string | undefined;
  /** Whether server reflection is served. */
  readonly reflection: boolean;
  /** Calls that take so long are logged, in milliseconds; 0 logs none. */
  readonly slowMs: number;
  /** TCP port of metrics, probes and the page; 0 takes any free one, `undefined` is none. */
  readonly metricsPort: number | undefined;
  /** Address of that port. */
  readonly metricsHost: string;
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

/** The text of --help. */
export function usage(): string {
  const rows = Object.values(settings).map(({ flag, fallback, hint }) => {
    return `  ${`--${flag} ${fallback}`.padEnd(30)} ${hint} (${environmentName(flag)})`;
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
    '  --help                         this text',
    '  --version                      the version',
  ].join('\n');
}

/**
 * The settings: flags over environment variables over defaults.
 * @param argv the arguments after the script's name
 * @param findFileFaults what is wrong with the files that the settings name, one sentence each
 * @throws UsageError that lists every bad setting
 */
export function parseInvocation(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  findFileFaults: (config: ServerConfig) => readonly string[] = () => [],
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
    maxKeys: read(settings.maxKeys),
    maxConnections: read(settings.maxConnections),
    maxConnectionsPerPeer: read(settings.maxConnectionsPerPeer),
    maxRatePerPeer: read(settings.maxRatePerPeer),
    queueLimit: read(settings.queueLimit),
    maxN: read(settings.maxN),
    cacheBytes: read(settings.cacheBytes),
    resultBytes: read(settings.resultBytes),
    computeMemoryBytes: read(settings.computeMemoryBytes),
    workerNice: read(settings.workerNice),
    drainMs: read(settings.drainMs),
    tlsCert: read(settings.tlsCert),
    tlsKey: read(settings.tlsKey),
    tlsCa: read(settings.tlsCa),
    tokenFile: read(settings.tokenFile),
    reflection: read(settings.reflection),
    slowMs: read(settings.slowMs),
    metricsPort: read(settings.metricsPort),
    metricsHost: read(settings.metricsHost),
    logLevel: read(settings.logLevel),
  };
  faults.push(...combinationFaults(config), ...findFileFaults(config));
  if (faults.length > 0) throw new UsageError(`${faults.join('\n')}\nRun with --help for the flags.`);
  return { kind: 'serve', config };
}

/** What is wrong with settings that are right one by one. */
function combinationFaults(config: ServerConfig): string[] {
  const { store, maxKeys, maxN, resultBytes, tlsCert, tlsKey, tlsCa } = config;
  const faults: string[] = [];
  const largestBytes = Math.ceil(factorialBits(maxN) / 8);
  if (largestBytes > resultBytes) {
    faults.push(`--result-bytes: Expected at least ${largestBytes} for --max-n ${maxN}`);
  }
  if (store === 'memory' && maxKeys > memoryKeysMax) {
    faults.push(`--max-keys: Expected at most ${memoryKeysMax} for the memory store, got ${maxKeys}`);
  }
  if (tlsCert !== undefined && tlsKey === undefined)
    faults.push('--tls-cert: Expected the private key with it, in --tls-key');
  if (tlsKey !== undefined && tlsCert === undefined)
    faults.push('--tls-key: Expected the certificate with it, in --tls-cert');
  if (tlsCa !== undefined && tlsCert === undefined && tlsKey === undefined)
    faults.push(
      '--tls-ca: Expected --tls-cert and --tls-key with it: callers show certificates only over TLS',
    );
  return faults;
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
