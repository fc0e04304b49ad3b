import type {
  AddNumResponse,
  DeleteNumResponse,
  FactResponse,
  GetNumResponse,
  SetNumResponse,
  Stats,
} from '../../generated/numstore.ts';
import { serverAddresses } from './address.ts';
import {
  checkKey,
  checkLimit,
  checkValue,
  takeCallOptions,
  takeClientOptions,
  takeExactOptions,
  takeListOptions,
} from './arguments.ts';
import {
  callUnary,
  type Limits,
  type MessageStream,
  openStream,
  type SendStream,
  type SendUnary,
} from './call.ts';
import { type Channel, openChannel } from './channel.ts';
import { NumStoreClientError } from './client-error.ts';
import { type ExactFactorial, receiveExact } from './exact-factorial.ts';
import type { CallOptions, ClientOptions, ExactOptions, ListOptions, Token } from './options.ts';
import type { Added, Deleted, Entry, FactReply, NumStoreTypedClient } from './typed-client.ts';
import { connectTimeoutMs as connectTimeoutDefaultMs } from './unreachable.ts';

export type { Stats } from '../../generated/numstore.ts';
export { type ClientErrorCode, NumStoreClientError, type StatusName } from './client-error.ts';
export type { ExactFactorial, ExactProgress } from './exact-factorial.ts';
export type { CallOptions, ClientOptions, ExactOptions, ListOptions, TlsOptions, Token } from './options.ts';
export type { CacheOutcome, Timing, TimingPart } from './trailers.ts';
export type { Added, Deleted, Entry, FactReply, NumStoreTypedClient } from './typed-client.ts';

/**
 * Connects to a NumStore, or to several. The client holds connections: close it.
 *
 * @throws NumStoreClientError INVALID_OPTION when an option is unknown or not of its form; UNREACHABLE when no server
 *   is there in time
 */
export async function openClient(options: ClientOptions = {}): Promise<NumStoreTypedClient> {
  const {
    host = '127.0.0.1',
    port = 5440,
    deadlineMs,
    connectTimeoutMs = connectTimeoutDefaultMs,
    retries = true,
    tls,
    token,
  } = takeClientOptions(options);
  const servers = serverAddresses(host, port);
  const channel = await openChannel(servers, { timeoutMs: connectTimeoutMs, retries, tls });
  return new ChannelClient(channel, { deadlineMs, token });
}

const deadlineDefaultMs = 10_000;
/** A large factorial takes seconds to compute and to receive, and so does a long list. */
const streamDeadlineDefaultMs = 60_000;

class ChannelClient implements NumStoreTypedClient {
  readonly #channel: Channel;
  readonly #deadlineMs: number | undefined;
  readonly #token: Token | undefined;
  readonly #inFlight = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(channel: Channel, { deadlineMs, token }: Pick<ClientOptions, 'deadlineMs' | 'token'>) {
    this.#channel = channel;
    this.#deadlineMs = deadlineMs;
    this.#token = token;
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
    const { onProgress, ...rest } = takeExactOptions(options);
    const { messages } = this.#stream((...how) => extended.factExact(request, ...how), rest);
    return await receiveExact(messages, onProgress);
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
    const { prefix = '', startAfter = '', limit = 0n, ...rest } = takeListOptions(options);
    const request = {
      prefix: checkKey(prefix),
      startAfter: checkKey(startAfter),
      limit: checkLimit(limit),
    };
    const { extended } = this.#channel;
    yield* this.#stream((...how) => extended.listNums(request, ...how), rest).messages;
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
    const limits = this.#limits(takeCallOptions(options), deadlineDefaultMs);
    this.#refuseIfClosed();
    return await this.#track(callUnary(send, limits));
  }

  #stream<Message>(send: SendStream<Message>, options: CallOptions): MessageStream<Message> {
    this.#refuseIfClosed();
    const stream = openStream(send, this.#limits(options, streamDeadlineDefaultMs));
    void this.#track(stream.ended);
    return stream;
  }

  #limits({ deadlineMs, signal, onTiming, onRevision }: CallOptions, fallbackMs: number): Limits {
    const limitMs = deadlineMs ?? this.#deadlineMs ?? fallbackMs;
    return { deadlineMs: limitMs, token: this.#token, signal, onTiming, onRevision };
  }

  #refuseIfClosed(): void {
    if (this.#closing !== undefined) throw new NumStoreClientError('CLOSED', 'the client has been closed');
  }

  async #track<Reply>(call: Promise<Reply>): Promise<Reply> {
    this.#inFlight.add(call);
    this.#channel.attend();
    try {
      return await call;
    } finally {
      this.#inFlight.delete(call);
      if (this.#inFlight.size === 0) this.#channel.rest();
    }
  }

  async #drain(): Promise<void> {
    await Promise.allSettled(this.#inFlight); // each ends at its deadline, if it has one
    this.#channel.close();
  }
}
