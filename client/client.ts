import type { FactResponse, SetNumResponse } from '../generated/numstore.ts';
import { type Channel, formatAddress, openChannel } from './channel.ts';
import { NumStoreClientError } from './client-error.ts';
import type { ExactFactorial } from './exact/assembly.ts';
import { receiveExact } from './exact/stream.ts';
import type { Limits } from './limits.ts';
import type { CallOptions, ClientOptions, ExactOptions } from './options.ts';
import { checkKey, checkValue } from './request.ts';
import { callUnary, type SendUnary } from './unary.ts';

export { type ClientErrorCode, NumStoreClientError, type StatusName } from './client-error.ts';
export type { ExactFactorial, ExactProgress } from './exact/assembly.ts';
export type { CallOptions, ClientOptions, ExactOptions } from './options.ts';
export type { CacheOutcome, Timing, TimingPart } from './timing.ts';

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
  /**
   * The factorial of the number stored under `key`, exactly, whatever its size.
   *
   * @throws NumStoreClientError INVALID_KEY before anything is sent; NOT_FOUND for a missing key, FAILED_PRECONDITION
   *   for a negative number, OUT_OF_RANGE for one above the server's limit; CORRUPT when what arrived is not what
   *   was sent; else a status name
   */
  factExact(key: string, options?: ExactOptions): Promise<ExactFactorial>;
  /** Refuses new calls with CLOSED, lets those in flight end, then closes the connection. Idempotent. */
  close(): Promise<void>;
}

/**
 * Connects to a NumStore. The client holds a connection: close it.
 *
 * @throws NumStoreClientError UNREACHABLE when the server is not there in time
 */
export async function openClient(options: ClientOptions = {}): Promise<NumStoreTypedClient> {
  const { host = '127.0.0.1', port = 5440, deadlineMs, connectTimeoutMs = 5_000 } = options;
  const channel = await openChannel(formatAddress(host, port), connectTimeoutMs);
  return new ChannelClient(channel, deadlineMs);
}

const deadlineDefaultMs = 10_000;
/** A large factorial takes seconds to compute, and then to receive. */
const exactDeadlineDefaultMs = 60_000;

class ChannelClient implements NumStoreTypedClient {
  readonly #channel: Channel;
  readonly #deadlineMs: number | undefined;
  readonly #inFlight = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(channel: Channel, deadlineMs: number | undefined) {
    this.#channel = channel;
    this.#deadlineMs = deadlineMs;
  }

  async setNum(key: string, value: bigint, options: CallOptions = {}): Promise<bigint> {
    const request = { key: checkKey(key), value: checkValue(value) };
    const { exercise } = this.#channel;
    const reply = await this.#unary<SetNumResponse>((...rest) => exercise.setNum(request, ...rest), options);
    return reply.total;
  }

  async fact(key: string, options: CallOptions = {}): Promise<FactReply> {
    const request = { key: checkKey(key) };
    const { exercise } = this.#channel;
    const reply = await this.#unary<FactResponse>((...rest) => exercise.fact(request, ...rest), options);
    const { value, hit, error } = reply;
    return error === '' ? { kind: 'value', value, hit } : { kind: 'error', error };
  }

  async factExact(key: string, options: ExactOptions = {}): Promise<ExactFactorial> {
    const request = { key: checkKey(key) };
    const { extended } = this.#channel;
    const limits = this.#limits(options, exactDeadlineDefaultMs);
    return await this.#track(() =>
      receiveExact((...rest) => extended.factExact(request, ...rest), limits, options.onProgress),
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #unary<Reply>(send: SendUnary<Reply>, options: CallOptions): Promise<Reply> {
    return this.#track(() => callUnary(send, this.#limits(options, deadlineDefaultMs)));
  }

  #limits({ deadlineMs, signal, onTiming }: CallOptions, fallbackMs: number): Limits {
    return { deadlineMs: deadlineMs ?? this.#deadlineMs ?? fallbackMs, signal, onTiming };
  }

  async #track<Reply>(start: () => Promise<Reply>): Promise<Reply> {
    if (this.#closing !== undefined) throw new NumStoreClientError('CLOSED', 'the client has been closed');
    const call = start();
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
