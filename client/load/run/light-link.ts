import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CallSink,
  type GrpcClientOptions,
  type GrpcError,
  type HeaderField,
  lookUp,
  openUnaryConnection,
  type SessionCalls,
  type UnaryConnection,
} from '../../../transport/index.ts';
import type { ServerAddress } from '../../api/address.ts';
import { NumStoreClientError } from '../../api/client-error.ts';
import type { TlsOptions } from '../../api/options.ts';
import { bearer, tokenHeader } from '../../api/security/token.ts';
import { parseTiming, revisionHeader, timingHeader } from '../../api/trailers.ts';
import { connectTimeoutMs, describeSilence } from '../../api/unreachable.ts';
import type { Link, LinkOptions, Slot } from './link.ts';
import { pathOf, ReplyReader } from './messages.ts';
import { failed, type Reply } from './outcome.ts';
import type { PreparedRequest } from './requests.ts';
import { readAnswer, readRevision, SlotHistory } from './slot-history.ts';

/** A server that is just starting is found soon after it listens. */
const retryMs = 50;

/**
 * Connects over the transport of our own, which costs a small part of what grpc-js does. Connections go round the
 * servers; each moves on to the next server while its own does not answer.
 *
 * @throws NumStoreClientError UNREACHABLE when no server answers in time
 */
export async function openLightLinks(
  options: LinkOptions,
  numbers: readonly number[],
): Promise<readonly Link[]> {
  const {
    servers,
    security: { tls },
  } = options;
  const calls = { timeoutMs: options.deadlineMs, metadata: metadataOf(options) };
  const targets = (await Promise.all(servers.map((server) => targetsOf(server, tls)))).flat();
  const links: Link[] = [];
  try {
    for (const number of numbers) {
      const first = number % targets.length;
      const connection = await connect([...targets.slice(first), ...targets.slice(0, first)], calls);
      const replies = new ReplyReader();
      links.push({
        openSlot: (onEnd) => new LightSlot(connection, onEnd, replies, options),
        [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
      });
    }
    return links;
  } catch (error) {
    await Promise.all(links.map((link) => link[Symbol.asyncDispose]()));
    const silence = { servers, timeoutMs: connectTimeoutMs, isSecure: tls !== undefined };
    throw new NumStoreClientError('UNREACHABLE', await describeSilence(silence), { cause: error });
  }
}

function metadataOf({
  isTimed,
  historyRecorder,
  security: { token },
}: LinkOptions): SessionCalls['metadata'] {
  const metadata: [name: string, value: string][] = [];
  if (isTimed) metadata.push([timingHeader, '1']);
  if (historyRecorder !== undefined) metadata.push([revisionHeader, '1']);
  if (token !== undefined) metadata.push([tokenHeader, bearer(token)]);
  return metadata;
}

/** Where to connect for a server; every address of a `dns:///` name is a server. */
async function targetsOf(
  { host, port, isEach }: ServerAddress,
  tls: TlsOptions | undefined,
): Promise<readonly GrpcClientOptions[]> {
  if (!isEach) return [{ host, port, ...(tls === undefined ? {} : { tls }) }];
  const { lookup } = await import('node:dns/promises');
  const addresses = await lookup(host, { all: true });
  return addresses.map(({ address }) => ({
    host: address,
    port,
    ...(tls === undefined ? {} : { tls: { serverName: host, ...tls } }),
  }));
}

/** @throws GrpcError when no target answers within `connectTimeoutMs` */
async function connect(targets: readonly GrpcClientOptions[], calls: SessionCalls): Promise<UnaryConnection> {
  const deadline = performance.now() + connectTimeoutMs;
  for (;;) {
    const connectMs = Math.max(1, deadline - performance.now());
    try {
      return await openUnaryConnection(
        targets.map((target) => ({ ...target, connectMs })),
        calls,
      );
    } catch (error) {
      if (performance.now() + retryMs >= deadline) throw error;
      await sleep(retryMs);
    }
  }
}

class LightSlot implements Slot, CallSink {
  readonly #connection: UnaryConnection;
  readonly #onEnd: (reply: Reply) => void;
  readonly #isTimed: boolean;
  readonly #history: SlotHistory | undefined;
  readonly #replies: ReplyReader;
  #request: PreparedRequest | undefined;

  constructor(
    connection: UnaryConnection,
    onEnd: (reply: Reply) => void,
    replies: ReplyReader,
    { isTimed, historyRecorder }: Pick<LinkOptions, 'isTimed' | 'historyRecorder'>,
  ) {
    this.#connection = connection;
    this.#onEnd = onEnd;
    this.#replies = replies;
    this.#isTimed = isTimed;
    this.#history = historyRecorder === undefined ? undefined : new SlotHistory(historyRecorder);
  }

  send(request: PreparedRequest): void {
    this.#request = request;
    this.#history?.begin();
    this.#connection.send(pathOf[request.rpc], request.bytes, this);
  }

  onReply(bytes: Uint8Array, start: number, end: number, trailers: readonly HeaderField[]): void {
    this.#history?.end();
    const request = this.#request;
    if (request === undefined) return;
    const reply = this.#read(request, bytes, start, end, trailers);
    if (reply.failure !== undefined) this.#history?.recordFailure(request, reply.failure.code);
    else if (this.#history !== undefined) {
      const answer = readAnswer(request.rpc, bytes.subarray(start, end));
      this.#history.recordReply(request, answer, readRevision(lookUp(trailers, revisionHeader)));
    }
    this.#onEnd(reply);
  }

  onFailure(error: GrpcError, mayHaveActed: boolean): void {
    this.#history?.end();
    const request = this.#request;
    if (request === undefined) return;
    const { code, message } = NumStoreClientError.from(asServiceError(error));
    this.#history?.recordFailure(request, mayHaveActed ? code : 'NOT_SENT');
    this.#onEnd(failed(request.rpc, code, message));
  }

  #read(
    { rpc, key }: PreparedRequest,
    bytes: Uint8Array,
    start: number,
    end: number,
    trailers: readonly HeaderField[],
  ): Reply {
    try {
      const reply = this.#replies.read(rpc, key, bytes, start, end);
      if (!this.#isTimed) return reply;
      const timing = parseTiming(lookUp(trailers, timingHeader) ?? '');
      return timing === undefined ? reply : { ...reply, timing };
    } catch (error) {
      const { code, message } = NumStoreClientError.from(error);
      return failed(rpc, code, message);
    }
  }
}

/** The form in which the client's one table of statuses takes them. */
function asServiceError({ code, message }: GrpcError): Error {
  return Object.assign(new Error(message), { code, details: message });
}
