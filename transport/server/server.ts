import type { Socket } from 'node:net';
import { ErrorCode } from '../frames/errors.ts';
import { Caretaker } from './keepalive.ts';
import { type GrpcServerOptions, resolveOptions, type ServerSettings } from './options.ts';
import { Newcomer } from './preface.ts';
import { ServerSession } from './server-session.ts';

/** What a server has to do with right now, and what went wrong so far. */
export interface ServerCounts {
  readonly connections: number;
  /** Calls that have not been answered. */
  readonly calls: number;
  /** Connections that an assertion of ours has ended. */
  readonly internalErrors: number;
}

/** Serves connections that somebody else accepts. */
export interface GrpcServer {
  /** Takes over a connection: plain, or TLS with `h2` agreed. */
  accept(socket: Socket): void;
  /** Lets the calls under way end for at most `limitMs`, then cuts them off. Resolves to whether all ended in time. */
  drain(limitMs: number): Promise<boolean>;
  /** Cuts everything off. Resolves when no connection is left. Idempotent. */
  close(): Promise<void>;
  counts(): ServerCounts;
}

/** A server without a listener. It holds nothing while it has no connection. */
export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  return new ConnectionServer(options);
}

class ConnectionServer implements GrpcServer {
  readonly #settings: ServerSettings;
  readonly #newcomers = new Set<Newcomer>();
  readonly #sessions = new Map<ServerSession, Caretaker>();
  #internalErrors = 0;
  #isClosing = false;
  #stopChecking: (() => void) | undefined;
  readonly #onEmpty: (() => void)[] = [];

  constructor(options: GrpcServerOptions) {
    const settings = resolveOptions(options);
    const onInternalError = (error: unknown): void => {
      this.#internalErrors++;
      settings.onInternalError(error);
    };
    this.#settings = { ...settings, onInternalError };
  }

  accept(socket: Socket): void {
    if (this.#isClosing || socket.destroyed) return void socket.destroy();
    const { clock, times } = this.#settings;
    const newcomer: Newcomer = new Newcomer(socket, clock.now(), {
      onGreeted: (rest) => {
        this.#newcomers.delete(newcomer);
        this.#openSession(socket, newcomer.openedAt, rest);
      },
      onClosed: () => {
        this.#newcomers.delete(newcomer);
        this.#onClosed();
      },
    });
    this.#newcomers.add(newcomer);
    this.#stopChecking ??= clock.every(times.checkMs, () => this.#check());
  }

  async drain(limitMs: number): Promise<boolean> {
    this.#isClosing = true;
    for (const newcomer of this.#newcomers) newcomer.refuse(ErrorCode.noError, '');
    for (const session of this.#sessions.keys()) session.drain();
    let isInTime = true;
    const cancel = this.#settings.clock.after(limitMs, () => {
      isInTime = [...this.#sessions.keys()].every(({ streams }) => streams.size === 0);
      this.#destroyAll();
    });
    await this.#empty();
    cancel();
    return isInTime;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#destroyAll();
    await this.#empty();
  }

  counts(): ServerCounts {
    let calls = 0;
    for (const { streams } of this.#sessions.keys()) calls += streams.size;
    return { connections: this.#size, calls, internalErrors: this.#internalErrors };
  }

  get #size(): number {
    return this.#newcomers.size + this.#sessions.size;
  }

  #openSession(socket: Socket, openedAt: number, received: Buffer): void {
    const { clock, times } = this.#settings;
    const session: ServerSession = new ServerSession(socket, this.#settings, () => {
      this.#sessions.delete(session);
      this.#onClosed();
    });
    this.#sessions.set(session, new Caretaker(session, times, openedAt, clock.now()));
    if (received.length > 0) session.receive(received);
  }

  #check(): void {
    const { clock, times } = this.#settings;
    const now = clock.now();
    for (const newcomer of [...this.#newcomers]) newcomer.check(now, times);
    for (const [session, caretaker] of [...this.#sessions]) {
      try {
        caretaker.check(now);
      } catch (error) {
        session.kill(error);
      }
    }
  }

  #destroyAll(): void {
    for (const newcomer of this.#newcomers) newcomer.destroy();
    for (const session of this.#sessions.keys()) session.destroy();
  }

  #onClosed(): void {
    if (this.#size > 0) return;
    this.#stopChecking?.();
    this.#stopChecking = undefined;
    for (const resolve of this.#onEmpty.splice(0)) resolve();
  }

  #empty(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#size === 0) resolve();
      else this.#onEmpty.push(resolve);
    });
  }
}
