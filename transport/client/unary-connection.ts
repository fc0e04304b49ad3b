import { GrpcError, Status } from '../grpc/status.ts';
import { connectSocket } from './connect.ts';
import { connectMsDefault, type GrpcClientOptions, resolveClientOptions } from './options.ts';
import type { CallSink } from './unary-call.ts';
import { type SessionCalls, UnarySession } from './unary-session.ts';

/** How often is looked for calls whose deadline has passed: a timer for each call would cost more than the call. */
const lookMs = 100;

/** A server that no longer reads does not close its half either: so long a connection may take to close. */
const closeMs = 1000;

/** A connection to one server, which is made anew by the next call after it was lost. */
export interface UnaryConnection extends AsyncDisposable {
  /** Sends a unary call; `sink` gets its end in a later turn, or in a microtask. */
  send(path: string, message: Uint8Array, sink: CallSink): void;
}

/**
 * Connects for unary calls that are many times the same and must cost little.
 *
 * @param targets where to connect: the first that answers in HTTP/2, each in turn
 * @param calls what all calls ask for
 * @throws GrpcError UNAVAILABLE when no target answers
 */
export async function openUnaryConnection(
  targets: readonly GrpcClientOptions[],
  calls: SessionCalls,
): Promise<UnaryConnection> {
  const keeper = new SessionKeeper(targets, calls);
  try {
    await keeper.connect();
  } catch (error) {
    await keeper[Symbol.asyncDispose]();
    throw error;
  }
  return keeper;
}

class SessionKeeper implements UnaryConnection {
  readonly #targets: readonly GrpcClientOptions[];
  readonly #calls: SessionCalls;
  readonly #open = new Map<UnarySession, Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #current: UnarySession | undefined;
  #connecting: Promise<UnarySession> | undefined;

  constructor(targets: readonly GrpcClientOptions[], calls: SessionCalls) {
    this.#targets = targets;
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

  /** Concurrent callers share one attempt. */
  connect(): Promise<UnarySession> {
    this.#connecting ??= this.#connectToAny().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #connectToAny(): Promise<UnarySession> {
    let failure: unknown = new TypeError('Expected at least one target');
    for (const target of this.#targets) {
      try {
        return await this.#connect(target);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  async #connect(target: GrpcClientOptions): Promise<UnarySession> {
    const { connectMs = connectMsDefault } = target;
    const socket = await connectSocket(target);
    const session = await new Promise<UnarySession>((resolve, reject) => {
      let onClosed = (): void => undefined;
      const silence = setTimeout(() => opened.destroy(), connectMs);
      const opened = new UnarySession(socket, resolveClientOptions(target), this.#calls, {
        onReady: () => {
          clearTimeout(silence);
          resolve(opened);
        },
        onClosed: () => {
          clearTimeout(silence);
          this.#open.delete(opened);
          onClosed();
          reject(new GrpcError(Status.UNAVAILABLE, 'The server closed the connection'));
        },
      });
      const closed = new Promise<void>((resolveClosed) => {
        onClosed = resolveClosed;
      });
      this.#open.set(opened, closed);
    });
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
