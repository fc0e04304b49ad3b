import {
  type CallSink,
  type GrpcError,
  type HeaderField,
  lookUp,
  openUnaryConnection,
  type UnaryConnection,
} from '../../../transport/index.ts';
import type { ServerAddress } from '../../address.ts';
import { NumStoreClientError } from '../../client-error.ts';
import { revisionHeader } from '../../revision.ts';
import type { Security } from '../../security/options.ts';
import { bearer, tokenHeader } from '../../security/token.ts';
import { timingHeader } from '../../timing.ts';
import type { Witness } from './history-recorder.ts';
import { pathOf, ReplyReader } from './messages.ts';
import { failed, type Reply } from './outcome.ts';
import type { PreparedRequest } from './requests.ts';
import { SlotWitness } from './slot-history.ts';

/** One connection of the generator. */
export interface Link extends AsyncDisposable {
  /** Room for one call at a time. `onEnd` is called once for each call, in a later turn or microtask. */
  openSlot(onEnd: (reply: Reply) => void): Slot;
}

/** Sends one call after the other: what it needs for that is made once. */
export interface Slot {
  send(request: PreparedRequest): void;
}

/** How the calls of a link are made. */
export interface LinkOptions {
  readonly deadlineMs: number;
  readonly isTimed: boolean;
  /** @default clear text, without a token */
  readonly security?: Security;
  /** records every call, if there is one */
  readonly witness?: Witness | undefined;
}

/**
 * Connects over the transport of our own, which costs a small part of what grpc-js does.
 *
 * @throws NumStoreClientError UNREACHABLE
 */
export async function openLink(server: ServerAddress, options: LinkOptions): Promise<Link> {
  const { deadlineMs, isTimed, witness, security: { tls, token } = {} } = options;
  const metadata: [name: string, value: string][] = [];
  if (isTimed) metadata.push([timingHeader, '1']);
  if (witness !== undefined) metadata.push([revisionHeader, '1']);
  if (token !== undefined) metadata.push([tokenHeader, bearer(token)]);
  const calls = { timeoutMs: deadlineMs, metadata };
  const { host, port } = server;
  const target = { host, port, ...(tls === undefined ? {} : { tls }) };
  const connection = await openUnaryConnection(target, calls).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    throw new NumStoreClientError('UNREACHABLE', message, { cause: error });
  });
  const replies = new ReplyReader();
  return {
    openSlot: (onEnd) => new NativeSlot(connection, onEnd, replies, options),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

class NativeSlot implements Slot, CallSink {
  readonly #connection: UnaryConnection;
  readonly #onEnd: (reply: Reply) => void;
  readonly #isTimed: boolean;
  readonly #witness: SlotWitness | undefined;
  readonly #replies: ReplyReader;
  #request: PreparedRequest | undefined;

  constructor(
    connection: UnaryConnection,
    onEnd: (reply: Reply) => void,
    replies: ReplyReader,
    { isTimed, witness }: Pick<LinkOptions, 'isTimed' | 'witness'>,
  ) {
    this.#connection = connection;
    this.#onEnd = onEnd;
    this.#replies = replies;
    this.#isTimed = isTimed;
    this.#witness = witness === undefined ? undefined : new SlotWitness(witness);
  }

  send(request: PreparedRequest): void {
    this.#request = request;
    this.#witness?.begin();
    this.#connection.send(pathOf[request.rpc], request.bytes, this);
  }

  onReply(bytes: Uint8Array, start: number, end: number, trailers: readonly HeaderField[]): void {
    this.#witness?.end();
    const request = this.#request;
    if (request === undefined) return;
    const told = this.#read(request, bytes, start, end);
    const timing = this.#isTimed ? lookUp(trailers, timingHeader) : undefined;
    const reply = timing === undefined ? told : { ...told, timing };
    if (reply.failure === undefined)
      this.#witness?.recordReply(request, bytes.subarray(start, end), trailers);
    else this.#witness?.recordFailure(request, reply.failure.code);
    this.#onEnd(reply);
  }

  onFailure(error: GrpcError, mayHaveActed: boolean): void {
    this.#witness?.end();
    const request = this.#request;
    if (request === undefined) return;
    const { code, message } = NumStoreClientError.from(asServiceError(error));
    this.#witness?.recordFailure(request, mayHaveActed ? code : 'NOT_SENT');
    this.#onEnd(failed(request.rpc, code, message));
  }

  #read({ rpc, key }: PreparedRequest, bytes: Uint8Array, start: number, end: number): Reply {
    try {
      return this.#replies.read(rpc, key, bytes, start, end);
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
