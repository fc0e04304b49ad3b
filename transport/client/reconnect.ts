import { GrpcError, Status } from '../grpc/status.ts';
import { ClientSession } from './client-session.ts';
import { connectSocket } from './connect.ts';
import { CallDeadline } from './deadline.ts';
import { type CallOptions, type GrpcClientOptions, resolveClientOptions } from './options.ts';

/** Holds the one connection, and connects again after it is lost. */
export class ReconnectingConnection {
  readonly #options: GrpcClientOptions;
  readonly #settings: ReturnType<typeof resolveClientOptions>;
  readonly #open = new Set<ClientSession>();
  #current: ClientSession | undefined;
  #connecting: Promise<ClientSession> | undefined;
  #isClosed = false;
  readonly #onEmpty: (() => void)[] = [];

  constructor(options: GrpcClientOptions) {
    this.#options = options;
    this.#settings = resolveClientOptions(options);
  }

  /** The session, if calls may begin on it. */
  get usable(): ClientSession | undefined {
    return this.#current?.isUsable === true && !this.#isClosed ? this.#current : undefined;
  }

  /** The session. Connects if none is usable: concurrent callers share one attempt. */
  session(): Promise<ClientSession> {
    if (this.#isClosed) return Promise.reject(new GrpcError(Status.UNAVAILABLE, 'The client is closed'));
    if (this.usable !== undefined) return Promise.resolve(this.usable);
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #connect(): Promise<ClientSession> {
    const socket = await connectSocket(this.#options);
    const session: ClientSession = new ClientSession(socket, this.#settings, () => this.#onClosed(session));
    this.#open.add(session);
    this.#current = session;
    if (this.#isClosed) session.leave();
    return session;
  }

  #onClosed(session: ClientSession): void {
    this.#open.delete(session);
    if (this.#open.size > 0) return;
    for (const resolve of this.#onEmpty.splice(0)) resolve();
  }

  /** Starts the deadline of a call that is about to begin. */
  startDeadline(options: CallOptions, onFailed: (error: unknown) => void): CallDeadline {
    return new CallDeadline(options, this.#settings.clock, onFailed);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#connecting?.catch(() => {});
    const empty = new Promise<void>((resolve) => {
      if (this.#open.size === 0) resolve();
      else this.#onEmpty.push(resolve);
    });
    for (const session of this.#open) session.leave();
    await empty;
  }
}
