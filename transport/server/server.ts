import type { Socket } from 'node:net';
import { ErrorCode } from '../frames/errors.ts';
import { Keepalive } from './keepalive.ts';
import { type GrpcServerOptions, resolveOptions, type ServerSettings } from './options.ts';
import { PrefaceReader } from './preface.ts';
import { ServerSession } from './server-session.ts';

/** The current load of a server, and its faults so far. */
export interface ServerCounts {
  readonly connections: number;
  /** Calls without a response. */
  readonly calls: number;
  /** Connections that a fault of ours has ended. */
  readonly internalErrors: number;
}

/** Serves connections that its owner accepts. */
export interface GrpcServer {
  /** Takes over a connection: plain, or TLS with `h2` agreed. */
  accept(socket: Socket): void;
  /**
   * Waits at most `limitMs` for the calls under way, then closes their connections. Resolves to
   * whether all ended in time.
   */
  drain(limitMs: number): Promise<boolean>;
  /** Closes all connections at once. Resolves when none is left. Idempotent. */
  close(): Promise<void>;
  counts(): ServerCounts;
}

/** A server without a listener. It holds nothing while it has no connection. */
export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  return new ConnectionServer(options);
}

class ConnectionServer implements GrpcServer {
  readonly #settings: ServerSettings;
  readonly #prefaces = new Set<PrefaceReader>();
  readonly #sessions = new Map<ServerSession, Keepalive>();
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
    const preface: PrefaceReader = new PrefaceReader(socket, clock.now(), {
      onPreface: (rest) => {
        this.#prefaces.delete(preface);
        this.#openSession(socket, preface.openedAt, rest);
      },
      onClosed: () => {
        this.#prefaces.delete(preface);
        this.#onClosed();
      },
    });
    this.#prefaces.add(preface);
    this.#stopChecking ??= clock.every(times.checkMs, () => this.#check());
  }

  async drain(limitMs: number): Promise<boolean> {
    this.#isClosing = true;
    for (const preface of this.#prefaces) preface.refuse(ErrorCode.noError, '');
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
    return this.#prefaces.size + this.#sessions.size;
  }

  #openSession(socket: Socket, openedAt: number, received: Buffer): void {
    const session: ServerSession = new ServerSession(socket, this.#settings, () => {
      this.#sessions.delete(session);
      this.#onClosed();
    });
    this.#sessions.set(session, new Keepalive(session, socket, this.#settings, openedAt));
    if (received.length > 0) session.receive(received);
  }

  #check(): void {
    const { clock, times } = this.#settings;
    const now = clock.now();
    for (const preface of [...this.#prefaces]) preface.check(now, times);
    for (const [session, keepalive] of [...this.#sessions]) {
      try {
        keepalive.check(now);
      } catch (error) {
        session.kill(error);
      }
    }
  }

  #destroyAll(): void {
    for (const preface of this.#prefaces) preface.destroy();
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
