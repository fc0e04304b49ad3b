import { connect, type Socket } from 'node:net';
import { setTimeout as rest } from 'node:timers/promises';
import {
  ACK,
  ErrorCode,
  type Frame,
  FrameCutter,
  frame,
  preface,
  setting,
  Type,
  word,
} from '../../test/transport/support/frames.ts';

/** The words of gRPC for its codes. */
const statusNames = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

const nameOfError = (code: number): string => {
  const [name] = Object.entries(ErrorCode).find(([, known]) => known === code) ?? [];
  return name === undefined ? `error ${code}` : name.replaceAll(/[A-Z]/g, '_$&').toUpperCase();
};

/** A server that has stopped reading, and does not close, would hold up its attacker for ever. */
const sendWithinMs = 3_000;

/** Bytes that are written at once: as much as a socket takes gladly. */
const batchBytes = 65_536;

/** Says hello, and that answers may come without being asked for piece by piece. */
const greeting = Buffer.concat([
  preface,
  frame(Type.settings, 0, 0, setting(4, 2 ** 30)),
  frame(Type.settings, ACK, 0),
  frame(Type.window, 0, 0, word(2 ** 30)),
]);

/** One connection that sends whatever it likes, and remembers what the server made of it. */
export class Peer {
  readonly #socket: Socket;
  readonly #cutter = new FrameCutter();
  readonly #counts = new Map<string, number>();
  #isClosed = false;
  #answersPings = false;
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => {});
    socket.on('end', () => this.#close());
    socket.on('close', () => this.#close());
  }

  /** Connects and, unless told otherwise, says hello as HTTP/2 asks; where the server takes no more, the peer is closed. */
  static async open(port: number, greet = true): Promise<Peer> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    const peer = new Peer(socket);
    await new Promise<void>((resolve) => void socket.once('connect', resolve).once('close', () => resolve()));
    if (greet) await peer.send(greeting);
    return peer;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** What the server has said so far, and how often, such as `RST_STREAM CANCEL`. */
  get said(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** Resolves when the system has taken it, the connection is closed, or the server reads nothing for too long. */
  async send(...parts: readonly Uint8Array[]): Promise<void> {
    if (this.#isClosed || this.#socket.destroyed) return;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#socket.off('close', settle);
        resolve();
      };
      const timer = setTimeout(settle, sendWithinMs);
      this.#socket.once('close', settle);
      this.#socket.write(Buffer.concat(parts), settle);
    });
  }

  /** Sends `count` pieces; answers how many were sent before the server closed or `withinMs` were over. */
  async flood(count: number, piece: (index: number) => Buffer, withinMs: number): Promise<number> {
    const endAt = performance.now() + withinMs;
    let sent = 0;
    while (sent < count && !this.#isClosed && performance.now() < endAt) {
      const batch: Buffer[] = [];
      for (let bytes = 0; bytes < batchBytes && sent < count; sent++) {
        const next = piece(sent);
        batch.push(next);
        bytes += next.length;
      }
      await this.send(...batch);
    }
    return sent;
  }

  /** Resolves when the server has said something that ends a call or the connection, or `withinMs` are over. */
  async answer(withinMs: number): Promise<string> {
    await this.heard(1, withinMs);
    const [first] = this.#counts.keys();
    return first ?? (this.#isClosed ? 'closed' : 'no answer');
  }

  /** How many answers and ends of streams the server has sent so far. */
  get answers(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Resolves when there have been `count` answers, when the server has closed, or when `withinMs` are over. */
  async heard(count: number, withinMs: number): Promise<void> {
    const endAt = performance.now() + withinMs;
    while (this.answers < count && !this.#isClosed && performance.now() < endAt) {
      await Promise.race([this.#next(), rest(100)]);
    }
  }

  /** Waits until the server has closed, at most `withinMs`; answers whether it has. */
  async closed(withinMs: number): Promise<boolean> {
    const endAt = performance.now() + withinMs;
    while (!this.#isClosed && performance.now() < endAt) await rest(10);
    return this.#isClosed;
  }

  /** Acknowledges each PING from now on: the server takes it for alive. */
  answerPings(): void {
    this.#answersPings = true;
  }

  /** Takes nothing more of what the server sends. */
  stopReading(): void {
    this.#socket.pause();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #receive(chunk: Buffer): void {
    for (const { type, flags, payload, fields } of this.#cut(chunk)) {
      if (type === Type.ping && flags === 0 && this.#answersPings) {
        this.#socket.write(frame(Type.ping, ACK, 0, payload));
      }
      const httpStatus = fields.get(':status');
      const grpcStatus = fields.get('grpc-status');
      if (type === Type.goaway) this.#count(`GOAWAY ${nameOfError(payload.readUInt32BE(4))}`);
      else if (type === Type.reset) this.#count(`RST_STREAM ${nameOfError(payload.readUInt32BE(0))}`);
      else if (grpcStatus !== undefined) this.#count(statusNames[Number(grpcStatus)] ?? grpcStatus);
      else if (httpStatus !== undefined && httpStatus !== '200') this.#count(`HTTP ${httpStatus}`);
    }
    this.#wake();
  }

  /** The frames in `chunk`; what is none counts as such. */
  #cut(chunk: Buffer): readonly Frame[] {
    try {
      return this.#cutter.push(chunk);
    } catch {
      this.#count('something else than HTTP/2');
      return [];
    }
  }

  #count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  #close(): void {
    this.#isClosed = true;
    this.#wake();
  }
}

/** What all of them were told, in one line. */
export function summary(peers: readonly Peer[]): string {
  const counts = new Map<string, number>();
  for (const { said } of peers) {
    for (const [what, count] of said) counts.set(what, (counts.get(what) ?? 0) + count);
  }
  const closed = peers.filter(({ isClosed }) => isClosed).length;
  const told = [...counts].sort(([, a], [, b]) => b - a).map(([what, count]) => `${count} x ${what}`);
  return [...told, `${closed} of ${peers.length} connections closed`].join(', ');
}
