import { parseServerNames, portMax } from './address.ts';
import { NumStoreClientError } from './client-error.ts';
import { describeType, describeValue } from './describe-value.ts';
import type { CallOptions, ClientOptions, ExactOptions, ListOptions, TlsOptions } from './options.ts';
import { faultOfCertificates, faultOfKey, faultOfPair } from './security/pem.ts';
import { isToken } from './security/token.ts';

/*
 * The door of the published client. A program in plain JavaScript may pass anything, so each
 * argument is checked here before a byte is sent; the code behind relies on its types.
 */

/** What one option may be. */
interface OptionRule {
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
  /** whether the value is a secret, which no message shows */
  readonly isSecret?: boolean;
}

type OptionRules<Options> = Readonly<Record<keyof Options, OptionRule>>;

/** The longest timer of Node; a longer one would end at once. */
const timeoutMaxMs = 2 ** 31 - 1;

const isFunction = (value: unknown): boolean => typeof value === 'function';
const isString = (value: unknown): value is string => typeof value === 'string';
const isPem = (value: unknown): value is string | Buffer => isString(value) || Buffer.isBuffer(value);

const functionRule: OptionRule = { expected: 'a function', accepts: isFunction };
const milliseconds: OptionRule = {
  expected: `milliseconds above 0, at most ${timeoutMaxMs}, or Infinity for no limit`,
  accepts: (value) =>
    typeof value === 'number' && value > 0 && (value <= timeoutMaxMs || value === Number.POSITIVE_INFINITY),
};
const certificates: OptionRule = {
  expected: 'certificates in PEM',
  accepts: (value) => isPem(value) && faultOfCertificates(value) === undefined,
  isSecret: true,
};

const callRules: OptionRules<CallOptions> = {
  deadlineMs: milliseconds,
  signal: { expected: 'an AbortSignal', accepts: isAbortSignal },
  onTiming: functionRule,
  onRevision: functionRule,
};
const exactRules: OptionRules<ExactOptions> = { ...callRules, onProgress: functionRule };
const listRules: OptionRules<ListOptions> = {
  ...callRules,
  // these are part of the request: checkKey and checkLimit look at them
  prefix: { expected: 'a string', accepts: () => true },
  startAfter: { expected: 'a string', accepts: () => true },
  limit: { expected: 'a bigint', accepts: () => true },
};
const tlsRules: OptionRules<TlsOptions> = {
  ca: certificates,
  cert: certificates,
  key: {
    expected: 'a private key in PEM, without a passphrase',
    accepts: (value) => isPem(value) && faultOfKey(value) === undefined,
    isSecret: true,
  },
  serverName: { expected: 'a name that is not empty', accepts: (value) => isString(value) && value !== '' },
};
const clientRules: OptionRules<ClientOptions> = {
  host: {
    expected: 'host[:port],...',
    accepts: (value) => isString(value) && parseServerNames(value) !== undefined,
  },
  port: {
    expected: `a port from 1 to ${portMax}`,
    accepts: (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= portMax,
  },
  deadlineMs: milliseconds,
  connectTimeoutMs: milliseconds,
  retries: { expected: 'true or false', accepts: (value) => typeof value === 'boolean' },
  tls: { expected: 'an object', accepts: (value) => typeof value === 'object' },
  token: {
    expected: 'visible ASCII characters without blanks, or a function that returns them',
    accepts: (value) => isFunction(value) || isToken(value),
    isSecret: true,
  },
};

/** @throws NumStoreClientError INVALID_OPTION */
export function takeClientOptions(given: ClientOptions): Partial<ClientOptions> {
  const options = takeOptions(given, clientRules);
  return options.tls === undefined ? options : { ...options, tls: takeTls(options.tls) };
}

/** @throws NumStoreClientError INVALID_OPTION */
export function takeCallOptions(given: CallOptions): Partial<CallOptions> {
  return takeOptions(given, callRules);
}

/** @throws NumStoreClientError INVALID_OPTION */
export function takeExactOptions(given: ExactOptions): Partial<ExactOptions> {
  return takeOptions(given, exactRules);
}

/** @throws NumStoreClientError INVALID_OPTION */
export function takeListOptions(given: ListOptions): Partial<ListOptions> {
  return takeOptions(given, listRules);
}

function takeTls(given: TlsOptions): Partial<TlsOptions> {
  const tls = takeOptions(given, tlsRules, 'tls');
  const { cert, key } = tls;
  if (cert === undefined && key === undefined) return tls;
  if (cert === undefined || key === undefined) {
    const got = cert === undefined ? 'tls.key' : 'tls.cert';
    throw new NumStoreClientError('INVALID_OPTION', `Expected both tls.cert and tls.key, got only ${got}`);
  }
  const fault = faultOfPair(cert, key);
  if (fault === undefined) return tls;
  throw new NumStoreClientError('INVALID_OPTION', `Expected tls.key to be ${fault}, got that of another`);
}

/**
 * Check an object of options, and copy it: each option is read once, so it cannot change later.
 *
 * @param parent the option whose value the object is
 */
function takeOptions<Options extends object>(
  given: Options,
  rules: OptionRules<Options>,
  parent?: string,
): Partial<Options> {
  try {
    return copyOptions(given, rules, parent);
  } catch (error) {
    if (error instanceof NumStoreClientError) throw error;
    // a getter or a proxy of the program's has thrown
    const message = `Expected options that can be read, got ${describeValue(error)}`;
    throw new NumStoreClientError('INVALID_OPTION', message, { cause: error });
  }
}

function copyOptions<Options extends object>(
  given: Options,
  rules: OptionRules<Options>,
  parent: string | undefined,
): Partial<Options> {
  // a Map, an array or an AbortSignal has no option of ours, and would pass as none given
  if (Object.prototype.toString.call(given) !== '[object Object]') {
    throw refuse(parent ?? 'options', 'an object', describeValue(given));
  }
  const prefix = parent === undefined ? '' : `${parent}.`;
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(rules, name)) continue;
    const known = Object.keys(rules).join(', ');
    throw refuse(parent ?? 'options', `among ${known}`, describeValue(name));
  }
  const taken: Partial<Options> = {};
  for (const name in rules) {
    const value = given[name];
    if (value === undefined) continue;
    const { expected, accepts, isSecret = false } = rules[name];
    if (!accepts(value)) {
      throw refuse(`${prefix}${name}`, expected, isSecret ? describeType(value) : describeValue(value));
    }
    taken[name] = value;
  }
  return taken;
}

function refuse(name: string, expected: string, got: string): NumStoreClientError {
  return new NumStoreClientError('INVALID_OPTION', `Expected ${name} to be ${expected}, got ${got}`);
}

/** Whether it works as one: a signal of another realm or a polyfill does. */
function isAbortSignal(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'aborted' in value &&
    typeof value.aborted === 'boolean' &&
    'addEventListener' in value &&
    isFunction(value.addEventListener) &&
    'removeEventListener' in value &&
    isFunction(value.removeEventListener)
  );
}

/**
 * Encoding would replace a lone surrogate by U+FFFD without a word, and so write under another key.
 *
 * @throws NumStoreClientError INVALID_KEY
 */
export function checkKey(key: unknown): string {
  if (isString(key) && !/\p{Surrogate}/u.test(key)) return key;
  const message = `Expected a key that is a string of well-formed Unicode, got ${describeValue(key)}`;
  throw new NumStoreClientError('INVALID_KEY', message);
}

/** @throws NumStoreClientError INVALID_VALUE when it is no bigint that fits an int64 */
export function checkValue(value: unknown): bigint {
  if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) return value;
  const message = `Expected a value that is a bigint from -2^63 to 2^63-1, got ${describeValue(value)}`;
  throw new NumStoreClientError('INVALID_VALUE', message);
}

/** @throws NumStoreClientError INVALID_VALUE when it is no bigint from 0 on that fits an int64 */
export function checkLimit(limit: unknown): bigint {
  if (typeof limit === 'bigint' && limit >= 0n && limit < 2n ** 63n) return limit;
  const message = `Expected a limit that is a bigint from 0 to 2^63-1, got ${describeValue(limit)}`;
  throw new NumStoreClientError('INVALID_VALUE', message);
}
