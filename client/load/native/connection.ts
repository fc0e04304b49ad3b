import { connectSocket } from '../../../transport/client/connect.ts';
import {
  type ClientSettings,
  type GrpcClientOptions,
  resolveClientOptions,
} from '../../../transport/client/options.ts';
import { GrpcError, Status } from '../../../transport/grpc/status.ts';
import type { ServerAddress } from '../../address.ts';
import type { TlsOptions } from '../../security/options.ts';
import type { CallSink } from './call.ts';
import { NativeSession, type SessionCalls } from './session.ts';

/** How often is looked for calls whose deadline has passed: a timer for each call would cost more than the call. */
const lookMs = 100;

/** A server that no longer reads does not close its half either: so long a connection may take to close. */
const closeMs = 1000;

/** A connection to one server, which is made anew by the next call after it was lost. */
export interface NativeConnection extends AsyncDisposable {
  /** Sends a unary call; `sink` hears of its end in a later turn, or in a microtask. */
  send(path: string, message: Uint8Array, sink: CallSink): void;
}

/**
 * @param tls undefined: clear text
 * @throws GrpcError UNAVAILABLE if the server cannot be reached
 */
export async function openNativeConnection(
  { host, port }: Pick<ServerAddress, 'host' | 'port'>,
  tls: TlsOptions | undefined,
  calls: SessionCalls,
): Promise<NativeConnection> {
  const keeper = new SessionKeeper({ host, port, ...(tls === undefined ? {} : { tls }) }, calls);
  await keeper.connect();
  return keeper;
}

class SessionKeeper implements NativeConnection {
  readonly #target: GrpcClientOptions;
  readonly #settings: ClientSettings;
  readonly #calls: SessionCalls;
  readonly #open = new Map<NativeSession, Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #current: NativeSession | undefined;
  #connecting: Promise<NativeSession> | undefined;

  constructor(target: GrpcClientOptions, calls: SessionCalls) {
    this.#target = target;
    this.#settings = resolveClientOptions(target);
    this.#calls = calls;
    this.#timer = setInterval(() => {
      for (const session of this.#open.keys()) session.giveUpLate();
    }, lookMs);
    this.#timer.unref();
  }

  send(path: string, message: Uint8Array, sink: CallSink): void {
    if (this.#current?.isUsable === true) {
      this.#current.send(path, message, sink);
      return;
    }
    this.connect().then(
      (session) => session.send(path, message, sink),
      (error: unknown) => sink.onFailure(toGrpcError(error), false),
    );
  }

  /** Those who ask while it connects wait for the same. */
  connect(): Promise<NativeSession> {
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #connect(): Promise<NativeSession> {
    const socket = await connectSocket(this.#target);
    let onClosed = (): void => undefined;
    const closed = new Promise<void>((resolve) => {
      onClosed = resolve;
    });
    const session = new NativeSession(socket, this.#settings, this.#calls, () => {
      this.#open.delete(session);
      onClosed();
    });
    this.#open.set(session, closed);
    this.#current = session;
    return session;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connecting?.catch(() => undefined);
    const closed = [...this.#open.values()];
    for (const session of [...this.#open.keys()]) session.leave();
    const cutOff = setTimeout(() => {
      for (const session of [...this.#open.keys()]) session.destroy();
    }, closeMs);
    await Promise.all(closed);
    clearTimeout(cutOff);
    clearInterval(this.#timer);
  }
}

function toGrpcError(error: unknown): GrpcError {
  return error instanceof GrpcError ? error : new GrpcError(Status.INTERNAL, String(error));
}
