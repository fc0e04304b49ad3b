import type { GrpcError } from '../../../transport/index.ts';
import type { ServerAddress } from '../../address.ts';
import { NumStoreClientError } from '../../client-error.ts';
import { timingHeader } from '../../timing.ts';
import type { CallSink } from '../native/call.ts';
import { type NativeConnection, openNativeConnection } from '../native/connection.ts';
import { failed, type Reply } from './outcome.ts';
import type { GeneratedRpc } from './plan.ts';
import type { PreparedRequest } from './requests.ts';
import { decodeReply, pathOf } from './wire.ts';

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
}

/**
 * Connects over the transport of our own, which costs a small part of what grpc-js does.
 *
 * @throws NumStoreClientError UNREACHABLE
 */
export async function openLink(server: ServerAddress, { deadlineMs, isTimed }: LinkOptions): Promise<Link> {
  const calls = { timeoutMs: deadlineMs, ask: isTimed ? timingHeader : undefined };
  const connection = await openNativeConnection(server, calls).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    throw new NumStoreClientError('UNREACHABLE', message, { cause: error });
  });
  return {
    openSlot: (onEnd) => new NativeSlot(connection, onEnd),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

class NativeSlot implements Slot, CallSink {
  readonly #connection: NativeConnection;
  readonly #onEnd: (reply: Reply) => void;
  #request: PreparedRequest | undefined;

  constructor(connection: NativeConnection, onEnd: (reply: Reply) => void) {
    this.#connection = connection;
    this.#onEnd = onEnd;
  }

  send(request: PreparedRequest): void {
    this.#request = request;
    this.#connection.send(pathOf[request.rpc], request.bytes, this);
  }

  onReply(message: Uint8Array, timing: string | undefined): void {
    if (this.#request !== undefined) this.#onEnd(read(this.#request, message, timing));
  }

  onFailure(error: GrpcError): void {
    if (this.#request !== undefined) this.#onEnd(explain(this.#request.rpc, asServiceError(error)));
  }
}

function read({ rpc, key }: PreparedRequest, message: Uint8Array, timing: string | undefined): Reply {
  try {
    const reply = decodeReply(rpc, key, message);
    return timing === undefined ? reply : { ...reply, timing };
  } catch (error) {
    return explain(rpc, error);
  }
}

function explain(rpc: GeneratedRpc, error: unknown): Reply {
  const { code, message } = NumStoreClientError.from(error);
  return failed(rpc, code, message);
}

/** The form in which the client's one table of statuses takes them. */
function asServiceError({ code, message }: GrpcError): Error {
  return Object.assign(new Error(message), { code, details: message });
}
