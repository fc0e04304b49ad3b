import type { Socket } from 'node:net';
import { ErrorCode } from '../frames/errors.ts';
import { Caretaker } from './keepalive.ts';
import { type GrpcServerOptions, resolveOptions } from './options.ts';
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
  const settings = resolveOptions(options);
  const { clock, times } = settings;
  const newcomers = new Set<Newcomer>();
  const sessions = new Map<ServerSession, Caretaker>();
  let internalErrors = 0;
  let isClosing = false;
  let stopChecking: (() => void) | undefined;
  let onEmpty: (() => void)[] = [];

  const check = (): void => {
    const now = clock.now();
    for (const newcomer of [...newcomers]) newcomer.check(now, times);
    for (const [session, caretaker] of [...sessions]) {
      try {
        caretaker.check(now);
      } catch (error) {
        session.kill(error);
      }
    }
  };

  const isEmpty = (): boolean => newcomers.size + sessions.size === 0;

  const onClosed = (): void => {
    if (!isEmpty()) return;
    stopChecking?.();
    stopChecking = undefined;
    for (const tell of onEmpty) tell();
    onEmpty = [];
  };

  const empty = (): Promise<void> =>
    new Promise((resolve) => {
      if (isEmpty()) resolve();
      else onEmpty.push(resolve);
    });

  const onInternalError = (error: unknown): void => {
    internalErrors++;
    settings.onInternalError(error);
  };
  const sessionSettings = { ...settings, onInternalError };

  const openSession = (socket: Socket, openedAt: number, received: Buffer): void => {
    const session: ServerSession = new ServerSession(socket, sessionSettings, () => {
      sessions.delete(session);
      onClosed();
    });
    sessions.set(session, new Caretaker(session, times, openedAt, clock.now()));
    if (received.length > 0) session.receive(received);
  };

  const destroyAll = (): void => {
    for (const newcomer of newcomers) newcomer.destroy();
    for (const session of sessions.keys()) session.destroy();
  };

  return {
    accept(socket) {
      if (isClosing || socket.destroyed) return void socket.destroy();
      const newcomer: Newcomer = new Newcomer(socket, clock.now(), {
        onGreeted(rest) {
          newcomers.delete(newcomer);
          openSession(socket, newcomer.openedAt, rest);
        },
        onClosed() {
          newcomers.delete(newcomer);
          onClosed();
        },
      });
      newcomers.add(newcomer);
      stopChecking ??= clock.every(times.checkMs, check);
    },
    async drain(limitMs) {
      isClosing = true;
      for (const newcomer of newcomers) newcomer.refuse(ErrorCode.noError, '');
      for (const session of sessions.keys()) session.drain();
      let isInTime = true;
      const cancel = clock.after(limitMs, () => {
        isInTime = [...sessions.keys()].every(({ streams }) => streams.size === 0);
        destroyAll();
      });
      await empty();
      cancel();
      return isInTime;
    },
    async close() {
      isClosing = true;
      destroyAll();
      await empty();
    },
    counts() {
      let calls = 0;
      for (const { streams } of sessions.keys()) calls += streams.size;
      return { connections: newcomers.size + sessions.size, calls, internalErrors };
    },
  };
}
