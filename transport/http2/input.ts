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

/** What a byte of an ordinary call takes at most, in milliseconds. A call has some hundred bytes. */
const ordinaryMsPerByte = 0.000_4;
/** One read during which the process was held up must not seem expensive. */
const costGrowthMax = 8;
/** Bytes that a read counts at least, so that no single frame seems expensive. */
const countedBytesMin = 64;
/** How long one read at once may take, in milliseconds. */
const atOnceMs = 1;
/** Small reads of which one is timed: a look at the clock costs a part of a call. */
const readsPerSample = 8;
let readsUntilSample = readsPerSample;

/** What the input needs of its connection. */
export interface InputOwner {
  /** False once the connection has ended: the rest of what was received is dropped. */
  isOpen(): boolean;
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
  /** What one of its bytes costs, in bytes of ordinary calls: 1 or more. Measured, and smoothed. */
  #costPerByte = 1;

  constructor(socket: Socket, sink: FrameSink, owner: InputOwner) {
    this.#socket = socket;
    this.#sink = sink;
    this.#owner = owner;
  }

  /** Reads `chunk`, now or later. @throws what the sink throws */
  take(chunk: Buffer): void {
    if (this.#backlog !== undefined || !this.#isPrompt(chunk.length * this.#costPerByte)) {
      this.#defer(chunk);
      return;
    }
    this.#owner.onReading(0);
    if (chunk.length <= fewBytes && --readsUntilSample > 0) {
      this.#reader.read(chunk, 0, chunk.length, Infinity, this.#sink);
      return;
    }
    readsUntilSample = readsPerSample;
    const at = this.#readTimed(chunk, 0, chunk.length, performance.now() + atOnceMs);
    if (at < chunk.length && this.#owner.isOpen()) this.#defer(chunk.subarray(at));
  }

  #isPrompt(work: number): boolean {
    if (work <= fewBytes && (isCalm() || performance.now() - this.#deferredAt > deferredMs)) return true;
    return tryReadAtOnce(work);
  }

  /** Reads, and learns what a byte costs. */
  #readTimed(chunk: Buffer, from: number, bytesMax: number, endAt: number): number {
    const startedAt = performance.now();
    const at = this.#reader.read(chunk, from, bytesMax, endAt, this.#sink);
    const ordinaryMs = Math.max(at - from, countedBytesMin) * ordinaryMsPerByte;
    const cost = Math.min((performance.now() - startedAt) / ordinaryMs, costGrowthMax * this.#costPerByte);
    this.#costPerByte = Math.max(1, (this.#costPerByte + cost) / 2);
    return at;
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

  get workLeft(): number {
    return ((this.#backlog?.length ?? 0) - this.#at) * this.#costPerByte;
  }

  /** Called by the read scheduler. */
  readSlice(
    work: number,
    workRefused: number,
    isSpared: boolean,
    endAt: number,
  ): { hasMore: boolean; isRefused: boolean } {
    const backlog = this.#backlog;
    this.#isScheduled = false;
    if (backlog === undefined || !this.#owner.mayRead()) return { hasMore: false, isRefused: true };
    this.#isSpared ||= isSpared;
    const isRefused = this.#owner.onReading(this.#isSpared ? 0 : performance.now() - this.#waitsSince);
    if (work === 0 && !isRefused) {
      this.#isScheduled = true;
      return { hasMore: true, isRefused };
    }
    this.#owner.contain(() => {
      const bytes = (isRefused ? workRefused : work) / this.#costPerByte;
      this.#at = this.#readTimed(backlog, this.#at, bytes, endAt);
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
