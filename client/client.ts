import type { FactResponse, NumStoreClient, SetNumResponse } from '../generated/numstore.ts';
import { formatAddress, openChannel } from './channel.ts';
import { NumStoreClientError } from './client-error.ts';
import { callUnary, type Send } from './unary.ts';

export { type ClientErrorCode, NumStoreClientError, type StatusName } from './client-error.ts';

/** Where the server is, and how long to wait for it. */
export interface ClientOptions {
  /** name or address of the server @default '127.0.0.1' */
  readonly host?: string | undefined;
  /** its TCP port @default 5440 */
  readonly port?: number | undefined;
  /** milliseconds after which a call is given up @default 10_000 */
  readonly deadlineMs?: number | undefined;
  /** milliseconds to wait for the connection @default 5_000 */
  readonly connectTimeoutMs?: number | undefined;
}

/** What a caller may say about one call. */
export interface CallOptions {
  /** milliseconds after which this call is given up @default that of the client */
  readonly deadlineMs?: number | undefined;
  /** aborting it cancels the call */
  readonly signal?: AbortSignal | undefined;
}

/** The answer to `fact`: a factorial, or the sentence that says why there is none (such as a missing key). */
export type FactReply =
  | { readonly kind: 'value'; readonly value: bigint; readonly hit: boolean }
  | { readonly kind: 'error'; readonly error: string };

/**
 * A connection to one NumStore. Every call has a deadline, and every fault is a `NumStoreClientError`; nothing is
 * retried, since only the caller knows whether a write may happen twice.
 */
export interface NumStoreTypedClient extends AsyncDisposable {
  /**
   * Sets `key` to `value`.
   *
   * @returns the sum of all values once that has happened
   * @throws NumStoreClientError INVALID_KEY or INVALID_VALUE before anything is sent, else a status name
   */
  setNum(key: string, value: bigint, options?: CallOptions): Promise<bigint>;
  /**
   * The factorial of the number stored under `key`.
   *
   * @throws NumStoreClientError INVALID_KEY before anything is sent, else a status name
   */
  fact(key: string, options?: CallOptions): Promise<FactReply>;
  /** Refuses new calls with CLOSED, lets those in flight end, then closes the connection. Idempotent. */
  close(): Promise<void>;
}

/**
 * Connects to a NumStore. The client holds a connection: close it.
 *
 * @throws NumStoreClientError UNREACHABLE when the server is not there in time
 */
export async function openClient(options: ClientOptions = {}): Promise<NumStoreTypedClient> {
  const { host = '127.0.0.1', port = 5440, deadlineMs = 10_000, connectTimeoutMs = 5_000 } = options;
  const channel = await openChannel(formatAddress(host, port), connectTimeoutMs);
  return new ChannelClient(channel, deadlineMs);
}

class ChannelClient implements NumStoreTypedClient {
  readonly #channel: NumStoreClient;
  readonly #deadlineMs: number;
  readonly #inFlight = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(channel: NumStoreClient, deadlineMs: number) {
    this.#channel = channel;
    this.#deadlineMs = deadlineMs;
  }

  async setNum(key: string, value: bigint, options: CallOptions = {}): Promise<bigint> {
    const request = { key: checkKey(key), value: checkValue(value) };
    const reply = await this.#call<SetNumResponse>(
      (...rest) => this.#channel.setNum(request, ...rest),
      options,
    );
    return reply.total;
  }

  async fact(key: string, options: CallOptions = {}): Promise<FactReply> {
    const request = { key: checkKey(key) };
    const reply = await this.#call<FactResponse>((...rest) => this.#channel.fact(request, ...rest), options);
    const { value, hit, error } = reply;
    return error === '' ? { kind: 'value', value, hit } : { kind: 'error', error };
  }

  close(): Promise<void> {
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #call<Reply>(send: Send<Reply>, options: CallOptions): Promise<Reply> {
    if (this.#closing !== undefined) throw new NumStoreClientError('CLOSED', 'the client has been closed');
    const { deadlineMs = this.#deadlineMs, signal } = options;
    const call = callUnary(send, { deadlineMs, signal });
    this.#inFlight.add(call);
    try {
      return await call;
    } finally {
      this.#inFlight.delete(call);
    }
  }

  async #drain(): Promise<void> {
    await Promise.allSettled(this.#inFlight); // ends: each has a deadline
    this.#channel.close();
  }
}

/** Encoding would replace a lone surrogate by U+FFFD without a word, and so write under another key. */
function checkKey(key: string): string {
  if (!/\p{Surrogate}/u.test(key)) return key;
  throw new NumStoreClientError(
    'INVALID_KEY',
    `Expected a key of well-formed Unicode, got ${JSON.stringify(key)}`,
  );
}

function checkValue(value: bigint): bigint {
  if (BigInt.asIntN(64, value) === value) return value;
  throw new NumStoreClientError('INVALID_VALUE', `Expected a value from -2^63 to 2^63-1, got ${value}`);
}
