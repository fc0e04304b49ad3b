import type { Socket } from 'node:net';
import type { ConnectionTimes } from '../connection-limits.ts';

/** The preface of HTTP/2 and the head of the SETTINGS that belong to it (RFC 9113 3.4). */
const greetingBytes = 33;
const checkMs = 1_000;

/** When a connection was opened, and when we had said all on it. */
interface Life {
  readonly openedAt: number;
  endedAt: number | undefined;
}

/**
 * The connections of grpc-js, which waits for ever for those that never say hello, and for those that never close their
 * side: both are cut off here.
 */
export class Connections {
  readonly #times: ConnectionTimes;
  readonly #lives = new Map<Socket, Life>();
  #timer: NodeJS.Timeout | undefined;
  #onEmpty: (() => void)[] = [];

  constructor(times: ConnectionTimes) {
    this.#times = times;
  }

  add(socket: Socket): void {
    this.#lives.set(socket, { openedAt: performance.now(), endedAt: undefined });
    socket.once('close', () => this.#delete(socket));
    // It does not keep the process alive: who waits for connections does.
    this.#timer ??= setInterval(() => this.#check(), Math.min(checkMs, this.#times.handshakeMs)).unref();
  }

  /** Resolves when none is open. */
  empty(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#lives.size === 0) resolve();
      else this.#onEmpty.push(resolve);
    });
  }

  #delete(socket: Socket): void {
    this.#lives.delete(socket);
    if (this.#lives.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const tell of this.#onEmpty) tell();
    this.#onEmpty = [];
  }

  #check(): void {
    const now = performance.now();
    for (const [socket, life] of this.#lives) {
      if (socket.writableEnded) life.endedAt ??= now;
      if (this.#isOverdue(socket, life, now)) socket.destroy();
    }
  }

  #isOverdue(socket: Socket, { openedAt, endedAt }: Life, now: number): boolean {
    if (endedAt !== undefined) return now - endedAt >= this.#times.closeMs;
    return now - openedAt >= this.#times.handshakeMs && socket.bytesRead < greetingBytes;
  }
}
