import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { factorialBits } from '../factorial/size.ts';
import { memoryKeysMax } from '../store/memory.ts';
import { parseStoreSpec } from '../store/spec.ts';
import { largestWithin, memoryBytesMin, shareOf } from './memory-limit.ts';
import {
  environmentName,
  type ServerConfig,
  type Setting,
  type SettingTable,
  settings,
  type ValuesOf,
} from './settings.ts';
import { UsageError } from './startup-error.ts';

/** What the command line asks for. */
export type Invocation =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | StoreInvocation
  /** A store that many servers share is verified with their settings. */
  | { readonly kind: 'serve' | 'verify'; readonly config: ServerConfig };

/** A command on a store on disk, beside serving. */
export interface StoreInvocation {
  readonly kind: 'store';
  readonly command: StoreCommand;
  readonly operands: readonly string[];
}

type StoreCommand = keyof typeof storeOperands;

const storeOperands = { backup: ['FROM', 'TO'], verify: ['DIR'] } as const;

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
    '       server/main.ts verify URL [flags]  does so with a store in Redis, by the flags of its servers',
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
 * @param limitBytes the memory limit of the container, if it has one
 * @throws UsageError that lists every bad setting
 */
export function parseInvocation(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  findFileFaults: (config: ServerConfig) => readonly string[] = () => [],
  limitBytes?: number,
): Invocation {
  const [command, ...rest] = argv;
  const operands = /^rediss?[+:]/.test(rest[0] ?? '') ? ['--store', ...rest] : rest;
  const isVerify = command === 'verify' && operands.some((operand) => operand.startsWith('--'));
  if (isStoreCommand(command) && !isVerify) return parseStoreCommand(command, operands);
  const faults: string[] = [];
  const flags = parseFlags(isVerify ? operands : argv, faults);
  if (flags['help'] === true) return { kind: 'help' };
  if (flags['version'] === true) return { kind: 'version' };

  const read = ({ flag, fallback, share, isSecret, parse }: Setting<unknown>): unknown => {
    const name = environmentName(flag);
    const given = flags[flag];
    const [source, text] =
      typeof given === 'string' ? [`--${flag}`, given] : [name, environment[name] ?? fallback];
    if (source === name && environment[name] === undefined && limitBytes !== undefined && share !== undefined)
      return Math.min(Number(parse(fallback)), shareOf(limitBytes, share));
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      faults.push(`${source}: ${error.message}${isSecret ? '' : `, got "${text}"`}`);
      return parse(fallback);
    }
  };
  const config = withinMemory(readAll(settings, read), limitBytes);
  faults.push(...combinationFaults(config), ...findFileFaults(config));
  if (isVerify && parseStoreSpec(config.store).kind !== 'redis')
    faults.push('verify: Expected DIR of an lmdb store, or --store redis://HOST:PORT/N');
  if (faults.length > 0) throw new UsageError(`${faults.join('\n')}\nRun with --help for the flags.`);
  return { kind: isVerify ? 'verify' : 'serve', config };
}

/** The value of every setting of `table`, by the names of the table. */
function readAll<Table extends SettingTable>(
  table: Table,
  read: (setting: Setting<unknown>) => unknown,
): ValuesOf<Table>;
function readAll(
  table: SettingTable,
  read: (setting: Setting<unknown>) => unknown,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(table).map(([name, setting]) => [name, read(setting)]));
}

/** In a container that has a limit, a factorial that takes too much memory is refused, and not begun. */
function withinMemory(config: ValuesOf<typeof settings>, limitBytes: number | undefined): ServerConfig {
  if (limitBytes === undefined) return { ...config, memoryLimit: undefined };
  if (limitBytes < memoryBytesMin) {
    const [limit, needed] = [limitBytes, memoryBytesMin].map((bytes) => Math.floor(bytes / 2 ** 20));
    throw new UsageError(
      `The memory limit of this container is ${limit} MiB: Expected at least ${needed} MiB`,
    );
  }
  const maxN = Math.min(config.maxN, largestWithin(config.computeMemoryBytes));
  return { ...config, maxN, memoryLimit: { bytes: limitBytes, maxNAsked: config.maxN } };
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
  return [...faults, ...storeFaults(config)];
}

/** What is wrong with settings of the store together. */
function storeFaults(config: ServerConfig): string[] {
  const { storePassword, storePasswordFile, storeTlsCa, storeTlsCert, storeTlsKey, storeTlsServerName } =
    config;
  const spec = parseStoreSpec(config.store);
  const place = spec.kind === 'redis' ? spec.place : undefined;
  const faults: string[] = [];
  const tls = [storeTlsCa, storeTlsCert, storeTlsKey, storeTlsServerName];
  if (tls.some((setting) => setting !== undefined) && !place?.isTls)
    faults.push('--store-tls-*: Expected a store at rediss://, which is Redis over TLS');
  if ((storeTlsCert === undefined) !== (storeTlsKey === undefined))
    faults.push('--store-tls-cert and --store-tls-key: Expected both, or none');
  const passwords = [place?.password, storePassword, storePasswordFile].filter(
    (given) => given !== undefined,
  );
  if (passwords.length > 1)
    faults.push('--store-password: Expected one password: in --store, the variable or the file');
  if (place === undefined && passwords.length > 0)
    faults.push('--store-password: Expected a store at redis:// or rediss://');
  return faults;
}

function isStoreCommand(word: string | undefined): word is StoreCommand {
  return word !== undefined && Object.hasOwn(storeOperands, word);
}

function parseStoreCommand(command: StoreCommand, operands: readonly string[]): StoreInvocation {
  const expected = storeOperands[command];
  if (operands.length !== expected.length || operands.includes('')) {
    const given = [command, ...operands.map(withoutSecret)].join(' ');
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
    if (token.kind === 'positional') faults.push(`Expected only flags, got "${withoutSecret(token.value)}"`);
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

/** A URL up to where it may hold a password. */
function withoutSecret(text: string): string {
  return text.replace(/^(\w[\w+.-]*:\/).*$/s, '$1/...');
}

/** The version in package.json, which lies two folders up from the sources and three up from the compiled code. */
export function readVersion(): string {
  for (const path of ['../../package.json', '../../../package.json']) {
    const version = versionIn(new URL(path, import.meta.url));
    if (version !== undefined) return version;
  }
  throw new Error('Expected a package.json beside the server');
}

function versionIn(file: URL): string | undefined {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const isPackage = typeof parsed === 'object' && parsed !== null && 'version' in parsed;
    return isPackage && typeof parsed.version === 'string' ? parsed.version : undefined;
  } catch {
    return undefined;
  }
}
