import type { Socket } from 'node:net';
import { bytesTaken } from '../bytes-taken.ts';
import type { ConnectionTimes } from '../connection-limits.ts';

/** The preface of HTTP/2 and the head of the SETTINGS that belong to it (RFC 9113 3.4). */
const greetingBytes = 33;
const checkMs = 1_000;

/** More than PINGs and some small frames: a peer that was sent less has nothing to read before a PING. */
const slowReadBytesMin = 65_536;
const pingFrameBytes = 17;

/** What is known of a connection. */
interface Life {
  readonly openedAt: number;
  /** When the server had sent all. */
  endedAt: number | undefined;
  /** When the peer was last heard, or took some of what was sent. */
  aliveAt: number;
  /** What had been read and written when the peer was last heard. */
  bytesRead: number;
  heardAtBytes: number;
  /** What the peer had taken when it was found silent. */
  takenBytes: number | undefined;
}

/**
 * The connections of grpc-js, which waits for ever for those that never say hello, and for those that never close their
 * side: both are cut off here. So are silent ones: grpc-js sends the PINGs of the keepalive, but does not see that the
 * acknowledgement of one waits behind megabytes which the peer reads first.
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
    const now = performance.now();
    this.#lives.set(socket, {
      openedAt: now,
      endedAt: undefined,
      aliveAt: now,
      bytesRead: 0,
      heardAtBytes: 0,
      takenBytes: undefined,
    });
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

  /** Whether the server has sent all on every connection: whatever is open waits for its peer. */
  get areEnded(): boolean {
    return [...this.#lives.keys()].every(({ writableEnded }) => writableEnded);
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
      if (this.#isOverdue(socket, life, now) || this.#isSilent(socket, life, now)) socket.destroy();
    }
  }

  /** Whether the peer has sent nothing since the keepalive's PING, nor taken what was sent before it. */
  #isSilent(socket: Socket, life: Life, now: number): boolean {
    const { keepaliveMs, keepaliveTimeoutMs } = this.#times;
    if (socket.bytesRead !== life.bytesRead) {
      life.aliveAt = now;
      life.bytesRead = socket.bytesRead;
      life.heardAtBytes = socket.bytesWritten;
      life.takenBytes = undefined;
    }
    const silentMs = now - life.aliveAt;
    if (silentMs < keepaliveMs) return false;
    const isReading = socket.bytesWritten - life.heardAtBytes >= slowReadBytesMin;
    if (isReading && life.takenBytes === undefined) return this.#look(socket, life, now);
    if (silentMs < keepaliveMs + keepaliveTimeoutMs) return false;
    return !isReading || this.#look(socket, life, now);
  }

  /** Whether the peer has taken nothing since the last look. If it has, it gets as long again. */
  #look(socket: Socket, life: Life, now: number): boolean {
    const before = life.takenBytes ?? Number.NEGATIVE_INFINITY;
    life.takenBytes = bytesTaken(socket);
    life.aliveAt = now - this.#times.keepaliveMs;
    return life.takenBytes - before <= pingFrameBytes;
  }

  #isOverdue(socket: Socket, { openedAt, endedAt }: Life, now: number): boolean {
    if (endedAt !== undefined) return now - endedAt >= this.#times.closeMs;
    return now - openedAt >= this.#times.handshakeMs && socket.bytesRead < greetingBytes;
  }
}
