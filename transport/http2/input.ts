import type { Socket } from 'node:net';
import { FrameReader, type FrameSink } from '../frames/frame-reader.ts';
import { defaultFrameBytesMax } from '../frames/frames.ts';
import { isCalm, type ScheduledReader, scheduleRead, tryReadAtOnce } from '../io/read-scheduler.ts';

/**
 * A few calls: a connection that sends no more at once is served at once, whatever the others send.
 */
const fewBytes = 512;
/** How long a deferred connection stays off the fast path while turns are long, in milliseconds. */
const deferredMs = 100;

/** What the input needs of its connection. */
export interface InputOwner {
  /**
   * False while nothing more should be read: the connection has ended, or its peer does not read.
   */
  mayRead(): boolean;
  /** Runs `work`. What it throws ends at most the connection. */
  contain(work: () => void): void;
  /**
   * Called before each read. Deferred bytes have waited `waitedMs` milliseconds for this process,
   * others 0. Returns whether the connection refuses the calls in them.
   */
  onReading(waitedMs: number): boolean;
}

/** Reads a few bytes at once, and defers more to the read scheduler with the socket paused. */
export class Input implements ScheduledReader {
  readonly #socket: Socket;
  readonly #sink: FrameSink;
  readonly #owner: InputOwner;
  readonly #reader = new FrameReader(defaultFrameBytesMax);
  #backlog: Buffer | undefined;
  /** Where the unread part of the backlog begins. */
  #at = 0;
  /** When the backlog began to wait, here or in the socket, at the earliest. */
  #waitsSince = 0;
  /** When the latest deferred bytes came. */
  #deferredAt = Number.NEGATIVE_INFINITY;
  /** What comes now arrived while the socket was paused. */
  #catchesUp = false;
  #isScheduled = false;
  /**
   * The backlog was small beside others' once. The flag stays until it is read, whatever the others
   * do.
   */
  #isSpared = false;

  constructor(socket: Socket, sink: FrameSink, owner: InputOwner) {
    this.#socket = socket;
    this.#sink = sink;
    this.#owner = owner;
  }

  /** Reads `chunk`, now or later. @throws what the sink throws */
  take(chunk: Buffer): void {
    if (this.#backlog === undefined && this.#isPrompt(chunk.length)) {
      this.#owner.onReading(0);
      this.#reader.read(chunk, 0, chunk.length, this.#sink);
      return;
    }
    this.#defer(chunk);
  }

  #isPrompt(bytes: number): boolean {
    if (bytes <= fewBytes && (isCalm() || performance.now() - this.#deferredAt > deferredMs)) return true;
    return tryReadAtOnce(bytes);
  }

  #defer(chunk: Buffer): void {
    const backlog = this.#backlog;
    const now = performance.now();
    if (backlog === undefined) {
      this.#backlog = chunk;
      this.#at = 0;
      this.#waitsSince = this.#catchesUp ? this.#deferredAt : now;
    } else {
      this.#backlog = Buffer.concat([backlog.subarray(this.#at), chunk]);
      this.#at = 0;
    }
    this.#deferredAt = now;
    this.#socket.pause();
    this.#schedule();
  }

  /** Reads again: the peer takes what it has asked for. Idempotent. */
  resume(): void {
    if (this.#isScheduled || !this.#socket.isPaused()) return;
    // Until now the bytes have waited for the peer, and not for this process.
    const now = performance.now();
    this.#waitsSince = now;
    this.#deferredAt = now;
    if (this.#backlog === undefined) this.#listen();
    else this.#schedule();
  }

  #listen(): void {
    this.#socket.resume();
    // Sockets are read between this and the next turn's immediates.
    this.#catchesUp = true;
    setImmediate(() => {
      this.#catchesUp = false;
    });
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    scheduleRead(this);
  }

  get bytesLeft(): number {
    return (this.#backlog?.length ?? 0) - this.#at;
  }

  /** Called by the read scheduler. */
  readSlice(
    bytes: number,
    bytesRefused: number,
    isSpared: boolean,
  ): { hasMore: boolean; isRefused: boolean } {
    const backlog = this.#backlog;
    this.#isScheduled = false;
    if (backlog === undefined || !this.#owner.mayRead()) return { hasMore: false, isRefused: true };
    this.#isSpared ||= isSpared;
    const isRefused = this.#owner.onReading(this.#isSpared ? 0 : performance.now() - this.#waitsSince);
    if (bytes === 0 && !isRefused) {
      this.#isScheduled = true;
      return { hasMore: true, isRefused };
    }
    this.#owner.contain(() => {
      this.#at = this.#reader.read(backlog, this.#at, isRefused ? bytesRefused : bytes, this.#sink);
    });
    if (this.#at < backlog.length) {
      this.#isScheduled = this.#owner.mayRead();
      return { hasMore: this.#isScheduled, isRefused };
    }
    this.#backlog = undefined;
    this.#isSpared = false;
    if (this.#owner.mayRead()) this.#listen();
    return { hasMore: false, isRefused };
  }
}
