import { setImmediate as nextTurn } from 'node:timers/promises';
import { GrpcError, Status } from '../grpc/status.ts';
import { connectSocket } from './connect.ts';
import { connectMsDefault, type GrpcClientOptions, resolveClientOptions } from './options.ts';
import type { CallSink } from './unary-call.ts';
import { type SessionCalls, UnarySession } from './unary-session.ts';

/**
 * How often deadlines are checked, in milliseconds: a timer for each call costs more than the call.
 */
const deadlineCheckMs = 100;

/**
 * How long closing may take, in milliseconds: a server that reads no more does not close its half.
 */
const closeMs = 1000;

/**
 * How long a target is left out after it has failed, in milliseconds: doubled up to the largest. A
 * call that fails is followed by the next one at once, so a dead server would be asked thousands of
 * times a second. Where all targets are left out, a call fails with the last failure.
 */
const leftOutMs = { first: 50, largest: 1000 };

/** A connection to one server. After it is lost, the next call connects again. */
export interface UnaryConnection extends AsyncDisposable {
  /** Sends a unary call. `sink` gets its end in a later turn, or in a microtask. */
  send(path: string, message: Uint8Array, sink: CallSink): void;
}

/**
 * Connects for many equal unary calls, which must cost little.
 *
 * @param targets tried in order, up to the first that speaks HTTP/2
 * @param calls how all calls run
 * @throws GrpcError UNAVAILABLE when no target responds
 */
export async function openUnaryConnection(
  targets: readonly GrpcClientOptions[],
  calls: SessionCalls,
): Promise<UnaryConnection> {
  const connection = new ReconnectingUnaryConnection(targets, calls);
  try {
    await connection.connect();
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
  return connection;
}

class ReconnectingUnaryConnection implements UnaryConnection {
  readonly #targets: readonly GrpcClientOptions[];
  readonly #calls: SessionCalls;
  readonly #open = new Map<UnarySession, Promise<void>>();
  readonly #leftOut = new Map<GrpcClientOptions, { readonly ms: number; readonly until: number }>();
  #failure: unknown = new TypeError('Expected at least one target');
  readonly #timer: NodeJS.Timeout;
  #current: UnarySession | undefined;
  #connecting: Promise<UnarySession> | undefined;

  constructor(targets: readonly GrpcClientOptions[], calls: SessionCalls) {
    this.#targets = targets;
    this.#calls = calls;
    this.#timer = setInterval(() => {
      for (const session of this.#open.keys()) session.cancelExpired();
    }, deadlineCheckMs);
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
    const now = performance.now();
    const due = this.#targets.filter((target) => (this.#leftOut.get(target)?.until ?? 0) <= now);
    // The next call may follow at once: without a turn between them nothing else would run.
    if (due.length === 0) await nextTurn();
    for (const target of due) {
      try {
        const session = await this.#connect(target);
        this.#leftOut.delete(target);
        return session;
      } catch (error) {
        this.#failure = error;
        const ms = Math.min((this.#leftOut.get(target)?.ms ?? leftOutMs.first / 2) * 2, leftOutMs.largest);
        this.#leftOut.set(target, { ms, until: performance.now() + ms });
      }
    }
    throw this.#failure;
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
