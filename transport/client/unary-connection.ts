import { GrpcError, Status } from '../grpc/status.ts';
import { connectSocket } from './connect.ts';
import { type ClientSettings, type GrpcClientOptions, resolveClientOptions } from './options.ts';
import type { CallSink } from './unary-call.ts';
import { type SessionCalls, UnarySession } from './unary-session.ts';

/** How often is looked for calls whose deadline has passed: a timer for each call would cost more than the call. */
const lookMs = 100;

/** A server that no longer reads does not close its half either: so long a connection may take to close. */
const closeMs = 1000;

/** A connection to one server, which is made anew by the next call after it was lost. */
export interface UnaryConnection extends AsyncDisposable {
  /** Sends a unary call; `sink` hears of its end in a later turn, or in a microtask. */
  send(path: string, message: Uint8Array, sink: CallSink): void;
}

/**
 * Connects for unary calls that are many times the same and must cost little.
 *
 * @param calls what all calls ask for
 * @throws GrpcError UNAVAILABLE if the server cannot be reached
 */
export async function openUnaryConnection(
  options: GrpcClientOptions,
  calls: SessionCalls,
): Promise<UnaryConnection> {
  const keeper = new SessionKeeper(options, calls);
  await keeper.connect();
  return keeper;
}

class SessionKeeper implements UnaryConnection {
  readonly #target: GrpcClientOptions;
  readonly #settings: ClientSettings;
  readonly #calls: SessionCalls;
  readonly #open = new Map<UnarySession, Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #current: UnarySession | undefined;
  #connecting: Promise<UnarySession> | undefined;

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
  connect(): Promise<UnarySession> {
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #connect(): Promise<UnarySession> {
    const socket = await connectSocket(this.#target);
    let onClosed = (): void => undefined;
    const closed = new Promise<void>((resolve) => {
      onClosed = resolve;
    });
    const session = new UnarySession(socket, this.#settings, this.#calls, () => {
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
