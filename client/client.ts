import type {
  AddNumResponse,
  DeleteNumResponse,
  FactResponse,
  GetNumResponse,
  SetNumResponse,
  Stats,
} from '../generated/numstore.ts';
import { serverAddresses } from './address.ts';
import { type Channel, openChannel } from './channel.ts';
import { NumStoreClientError } from './client-error.ts';
import type { ExactFactorial } from './exact/assembly.ts';
import { receiveExact } from './exact/receive.ts';
import type { Limits } from './limits.ts';
import type { CallOptions, ClientOptions, ExactOptions, ListOptions } from './options.ts';
import { checkKey, checkValue } from './request.ts';
import { type MessageStream, openStream, type SendStream } from './stream.ts';
import { callUnary, type SendUnary } from './unary.ts';

export type { Stats } from '../generated/numstore.ts';
export { type ClientErrorCode, NumStoreClientError, type StatusName } from './client-error.ts';
export type { ExactFactorial, ExactProgress } from './exact/assembly.ts';
export type { CallOptions, ClientOptions, ExactOptions, ListOptions } from './options.ts';
export type { CacheOutcome, Timing, TimingPart } from './timing.ts';

/** The answer to `fact`: a factorial, or the sentence that says why there is none (such as a missing key). */
export type FactReply =
  | { readonly kind: 'value'; readonly value: bigint; readonly hit: boolean }
  | { readonly kind: 'error'; readonly error: string };

/** A key and the number stored under it. */
export interface Entry {
  readonly key: string;
  readonly value: bigint;
}

/** What `addNum` has made of it. */
export interface Added {
  /** of the key */
  readonly value: bigint;
  /** the sum of all values */
  readonly total: bigint;
}

/** What `deleteNum` has made of it. */
export interface Deleted {
  /** whether the key existed */
  readonly deleted: boolean;
  /** the sum of all values */
  readonly total: bigint;
}

/**
 * A connection to one NumStore, or to several among which the calls go round. Every call has a deadline, and every fault is a `NumStoreClientError`; nothing is
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
  /**
   * The number stored under `key`; undefined when there is none.
   *
   * @throws NumStoreClientError INVALID_KEY before anything is sent, else a status name
   */
  getNum(key: string, options?: CallOptions): Promise<bigint | undefined>;
  /**
   * Adds `delta` to the number stored under `key`, in one step; a missing key counts as 0.
   *
   * @throws NumStoreClientError INVALID_KEY or INVALID_VALUE before anything is sent; OUT_OF_RANGE, with nothing
   *   changed, when the value or the total would leave int64; else a status name
   */
  addNum(key: string, delta: bigint, options?: CallOptions): Promise<Added>;
  /**
   * Deletes `key`, if it exists.
   *
   * @throws NumStoreClientError INVALID_KEY before anything is sent; OUT_OF_RANGE, with nothing changed, when the
   *   total would leave int64; else a status name
   */
  deleteNum(key: string, options?: CallOptions): Promise<Deleted>;
  /**
   * The entries in the order of the UTF-8 bytes of their keys, to be iterated once. The call begins with the
   * iteration, and is cancelled when the loop is left; a reader that stops holds the server. Iterating throws
   * NumStoreClientError INVALID_KEY or INVALID_VALUE before anything is sent, else a status name.
   */
  listNums(options?: ListOptions): AsyncIterable<Entry>;
  /**
   * How much there is and what has happened since the server started; of several servers, one's.
   *
   * @throws NumStoreClientError a status name
   */
  stats(options?: CallOptions): Promise<Stats>;
  /** Refuses new calls with CLOSED, lets those in flight end, then closes the connections. Idempotent. */
  close(): Promise<void>;
}

/**
 * Connects to a NumStore, or to several. The client holds connections: close it.
 *
 * @throws NumStoreClientError UNREACHABLE when no server is there in time
 * @throws TypeError when `host` is not of its form
 */
export async function openClient(options: ClientOptions = {}): Promise<NumStoreTypedClient> {
  const { host = '127.0.0.1', port = 5440, deadlineMs, connectTimeoutMs = 5_000 } = options;
  const channel = await openChannel(serverAddresses(host, port), connectTimeoutMs);
  return new ChannelClient(channel, deadlineMs);
}

const deadlineDefaultMs = 10_000;
/** A large factorial takes seconds to compute and to receive, and so does a long list. */
const streamDeadlineDefaultMs = 60_000;

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
    const { messages } = this.#stream((...rest) => extended.factExact(request, ...rest), options);
    return await receiveExact(messages, options.onProgress);
  }

  async getNum(key: string, options: CallOptions = {}): Promise<bigint | undefined> {
    const request = { key: checkKey(key) };
    const { extended } = this.#channel;
    const reply = await this.#unary<GetNumResponse>((...rest) => extended.getNum(request, ...rest), options);
    return reply.found ? reply.value : undefined;
  }

  async addNum(key: string, delta: bigint, options: CallOptions = {}): Promise<Added> {
    const request = { key: checkKey(key), delta: checkValue(delta) };
    const { extended } = this.#channel;
    return await this.#unary<AddNumResponse>((...rest) => extended.addNum(request, ...rest), options);
  }

  async deleteNum(key: string, options: CallOptions = {}): Promise<Deleted> {
    const request = { key: checkKey(key) };
    const { extended } = this.#channel;
    return await this.#unary<DeleteNumResponse>((...rest) => extended.deleteNum(request, ...rest), options);
  }

  async *listNums(options: ListOptions = {}): AsyncGenerator<Entry, void> {
    const { prefix = '', startAfter = '', limit = 0n } = options;
    const request = {
      prefix: checkKey(prefix),
      startAfter: checkKey(startAfter),
      limit: checkValue(limit),
    };
    const { extended } = this.#channel;
    yield* this.#stream((...rest) => extended.listNums(request, ...rest), options).messages;
  }

  async stats(options: CallOptions = {}): Promise<Stats> {
    const { extended } = this.#channel;
    return await this.#unary<Stats>((...rest) => extended.getStats({}, ...rest), options);
  }

  close(): Promise<void> {
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #unary<Reply>(send: SendUnary<Reply>, options: CallOptions): Promise<Reply> {
    this.#refuseIfClosed();
    return await this.#track(callUnary(send, this.#limits(options, deadlineDefaultMs)));
  }

  #stream<Message>(send: SendStream<Message>, options: CallOptions): MessageStream<Message> {
    this.#refuseIfClosed();
    const stream = openStream(send, this.#limits(options, streamDeadlineDefaultMs));
    void this.#track(stream.ended);
    return stream;
  }

  #limits({ deadlineMs, signal, onTiming, onRevision }: CallOptions, fallbackMs: number): Limits {
    return { deadlineMs: deadlineMs ?? this.#deadlineMs ?? fallbackMs, signal, onTiming, onRevision };
  }

  #refuseIfClosed(): void {
    if (this.#closing !== undefined) throw new NumStoreClientError('CLOSED', 'the client has been closed');
  }

  async #track<Reply>(call: Promise<Reply>): Promise<Reply> {
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
