import type { Socket } from 'node:net';
import { FrameReader, type FrameSink } from '../frames/frame-reader.ts';
import { defaultFrameBytesMax } from '../frames/frames.ts';
import { isCalm, type PieceReader, readInPieces, takePromptly } from '../io/read-scheduler.ts';

/** A few calls: whoever sends no more at once is served at once, and does not answer for the load of others. */
const fewBytes = 512;
/** But not, while turns are long, who had to be put off so lately, in milliseconds. */
const latelyMs = 100;

/** What an inlet needs of its connection. */
export interface InletOwner {
  /** False while nothing more should be read: it has ended, or the peer does not take what it has asked for. */
  mayRead(): boolean;
  /** Runs `work`; what it throws ends at most the connection. */
  contain(work: () => void): void;
  /**
   * Told before a read of what was put off how long, in milliseconds, it has waited for us, and 0 before others.
   * Answers whether it refuses the calls in it.
   */
  onReading(waitedMs: number): boolean;
}

/** Where bytes come in: a little is read at once, more in pieces, the socket being paused meanwhile. */
export class Inlet implements PieceReader {
  readonly #socket: Socket;
  readonly #sink: FrameSink;
  readonly #owner: InletOwner;
  readonly #reader = new FrameReader(defaultFrameBytesMax);
  #backlog: Buffer | undefined;
  /** Where in the backlog the part begins that has not been read. */
  #at = 0;
  /** Since when the backlog has waited, here or in the socket, at most. */
  #waitsSince = 0;
  /** When the latest came that was put off. */
  #putOffAt = Number.NEGATIVE_INFINITY;
  /** What comes now came while the socket was paused. */
  #catchesUp = false;
  #awaitsTurn = false;
  /** The backlog was little beside others' once, and stays so however soon they are done with. */
  #isSpared = false;

  constructor(socket: Socket, sink: FrameSink, owner: InletOwner) {
    this.#socket = socket;
    this.#sink = sink;
    this.#owner = owner;
  }

  /** Takes what has come. @throws what the sink throws */
  take(chunk: Buffer): void {
    if (this.#backlog === undefined && this.#isPrompt(chunk.length)) {
      this.#owner.onReading(0);
      this.#reader.read(chunk, 0, chunk.length, this.#sink);
      return;
    }
    this.#putOff(chunk);
  }

  #isPrompt(bytes: number): boolean {
    if (bytes <= fewBytes && (isCalm() || performance.now() - this.#putOffAt > latelyMs)) return true;
    return takePromptly(bytes);
  }

  #putOff(chunk: Buffer): void {
    const backlog = this.#backlog;
    const now = performance.now();
    if (backlog === undefined) {
      this.#backlog = chunk;
      this.#at = 0;
      this.#waitsSince = this.#catchesUp ? this.#putOffAt : now;
    } else {
      this.#backlog = Buffer.concat([backlog.subarray(this.#at), chunk]);
      this.#at = 0;
    }
    this.#putOffAt = now;
    this.#socket.pause();
    this.#awaitTurn();
  }

  /** The peer takes what it has asked for; called again and again. */
  resume(): void {
    if (this.#awaitsTurn || !this.#socket.isPaused()) return;
    // Until now it has waited for the peer, and not for us.
    const now = performance.now();
    this.#waitsSince = now;
    this.#putOffAt = now;
    if (this.#backlog === undefined) this.#listen();
    else this.#awaitTurn();
  }

  #listen(): void {
    this.#socket.resume();
    // Sockets are read between this and the next turn's immediates.
    this.#catchesUp = true;
    setImmediate(() => {
      this.#catchesUp = false;
    });
  }

  #awaitTurn(): void {
    if (this.#awaitsTurn) return;
    this.#awaitsTurn = true;
    readInPieces(this);
  }

  get bytesLeft(): number {
    return (this.#backlog?.length ?? 0) - this.#at;
  }

  /** Called when it is its turn. */
  readPiece(
    bytes: number,
    bytesRefused: number,
    isSpared: boolean,
  ): { hasMore: boolean; isRefused: boolean } {
    const backlog = this.#backlog;
    this.#awaitsTurn = false;
    if (backlog === undefined || !this.#owner.mayRead()) return { hasMore: false, isRefused: true };
    this.#isSpared ||= isSpared;
    const isRefused = this.#owner.onReading(this.#isSpared ? 0 : performance.now() - this.#waitsSince);
    if (bytes === 0 && !isRefused) {
      this.#awaitsTurn = true;
      return { hasMore: true, isRefused };
    }
    this.#owner.contain(() => {
      this.#at = this.#reader.read(backlog, this.#at, isRefused ? bytesRefused : bytes, this.#sink);
    });
    if (this.#at < backlog.length) {
      this.#awaitsTurn = this.#owner.mayRead();
      return { hasMore: this.#awaitsTurn, isRefused };
    }
    this.#backlog = undefined;
    this.#isSpared = false;
    if (this.#owner.mayRead()) this.#listen();
    return { hasMore: false, isRefused };
  }
}
