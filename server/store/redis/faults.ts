import { NumStoreError } from '../../domain/errors.ts';
import { type Address, describeAddress } from '../redis-place.ts';
import { errorCode } from './client.ts';

/** By then a Redis that is back has been found. */
const retryMs = 1000;

/**
 * What the store does after an error reply. `stay`: it is ready. `wait`: it is not, and stays on this connection until a
 * probe succeeds; `write` says that reads go on meanwhile. `renew`: it is not, and looks for the master anew. `follow`:
 * it asks the server that the reply names. `again`: it asks the same server again.
 * `migrate`: likewise, after it has rewritten what an older version left.
 */
type Next = 'stay' | 'wait' | 'write' | 'renew' | 'follow' | 'again' | 'migrate';

interface Meaning {
  readonly next: Next;
  /** @default STORE_UNAVAILABLE */
  readonly code?: 'STORE_FULL' | 'STORE_CORRUPT';
}

/**
 * Every error reply, by its first word. Whichever it is, nothing was changed: Redis refuses before it runs anything, and
 * our script says PARTIAL if it was stopped half way. docs/operations.md has this table for operators.
 */
const meanings: Readonly<Record<string, Meaning>> = {
  ASK: { next: 'follow' },
  BUSY: { next: 'wait' },
  CLUSTERDOWN: { next: 'renew' },
  CORRUPT: { next: 'wait', code: 'STORE_CORRUPT' },
  ERR: { next: 'wait' },
  LEGACY: { next: 'migrate' },
  LOADING: { next: 'renew' },
  MASTERDOWN: { next: 'renew' },
  MISCONF: { next: 'write' },
  MOVED: { next: 'follow' },
  NOAUTH: { next: 'renew' },
  NOPERM: { next: 'wait' },
  NOREPLICAS: { next: 'write' },
  OOM: { next: 'stay', code: 'STORE_FULL' },
  PARTIAL: { next: 'wait', code: 'STORE_CORRUPT' },
  READONLY: { next: 'renew' },
  TRYAGAIN: { next: 'again' },
  WRONGTYPE: { next: 'wait', code: 'STORE_CORRUPT' },
};

/** What to do after `error`; `undefined` if it is no reply of Redis. */
export function nextAfter(error: unknown): Next | undefined {
  const code = errorCode(error);
  return code === undefined ? undefined : (meanings[code]?.next ?? 'wait');
}

/** The server that MOVED or ASK names; `from` said so, and means itself where it names no host. */
export function redirection(
  error: unknown,
  from: Address,
): { address: Address; isAsking: boolean } | undefined {
  if (nextAfter(error) !== 'follow' || !(error instanceof Error)) return undefined;
  const [, host = '', port] = /^\w+ \d+ (.*):(\d+)$/.exec(error.message) ?? [];
  const address = { host: host === '' ? from.host : host, port: Number(port) };
  return { address, isAsking: errorCode(error) === 'ASK' };
}

/** What a failed command means to a caller whose write, or only read, it was. */
export function toFault(error: unknown, isWrite: boolean): NumStoreError {
  if (error instanceof NumStoreError) return error;
  const code = errorCode(error);
  const meaning = code === undefined ? undefined : meanings[code];
  if (meaning?.code === 'STORE_FULL') {
    const message = 'Redis has no memory left; nothing was changed. Delete keys';
    return new NumStoreError('STORE_FULL', message, { cause: error });
  }
  if (meaning?.code === 'STORE_CORRUPT') return corrupt(error);
  if (code === undefined && isWrite) {
    return outcomeUnknown('No answer came from Redis: the write may have been applied', error);
  }
  const why = code === undefined ? 'the connection was lost' : `it answered ${code}`;
  const message = `Redis did not serve this: ${why}; nothing was changed`;
  return new NumStoreError('STORE_UNAVAILABLE', message, { cause: error });
}

/** What Redis holds contradicts itself, or is not ours; `cause` is what Redis said or holds. */
export function corrupt(cause: unknown): NumStoreError {
  const message =
    'What Redis holds under the keys of this namespace is damaged, or was not written by NumStore';
  return new NumStoreError('STORE_CORRUPT', message, { cause });
}

/** There is no connection, so nothing was sent. */
export function offline(): NumStoreError {
  const message = 'Redis cannot be reached now; nothing was changed';
  return new NumStoreError('STORE_UNAVAILABLE', message, { retryAfterMs: retryMs });
}

export function outcomeUnknown(message: string, cause?: unknown): NumStoreError {
  return new NumStoreError('OUTCOME_UNKNOWN', message, { cause });
}

const closed = 'it closed the connection';

/** Why there is no connection to `address`, as `describeFailure`. */
export function describeOpening(error: unknown, address: Address, isTls: boolean): string {
  const text = describeFailure(error, address);
  if (isTls && / has not answered /.test(text)) {
    return `${text}; a port without TLS does so, and redis:// is for clear text`;
  }
  if (isTls || !text.endsWith(closed)) return text;
  return `${text} before it answered; a port of TLS does so, and rediss:// is for TLS`;
}

/** Why a connection to `address` failed: one sentence for the log, for /readyz and for a start that failed. */
export function describeFailure(error: unknown, address: Address): string {
  return `${describeAddress(address)}: ${reasonOf(error)}`;
}

const tlsReasons: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself; name it in --store-tls-ca to trust it',
  EPROTO: 'it does not speak TLS, or none that this server accepts; redis:// is for clear text',
  SELF_SIGNED_CERT_IN_CHAIN:
    'its certificate is signed by no trusted authority; name the authority in --store-tls-ca',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate is signed by no trusted authority; name the authority in --store-tls-ca',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate is signed by no trusted authority; name the authority in --store-tls-ca',
};

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `its certificate is for another name; name that in --store-tls-server-name (${error.message})`;
  }
  if (/alert (certificate required|handshake failure)|CERTIFICATE_REQUIRED/i.test(error.message)) {
    return 'it asks for a certificate; name one in --store-tls-cert and --store-tls-key';
  }
  if (/alert (unknown ca|bad certificate|certificate expired)/i.test(error.message)) {
    return `it refuses the certificate in --store-tls-cert (${error.message})`;
  }
  if (error.message === 'Socket closed unexpectedly' || code === 'ECONNRESET') return closed;
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  return tlsReasons[code] ?? (error.message === '' ? String(code) : error.message);
}
