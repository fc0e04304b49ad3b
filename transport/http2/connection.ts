import type { Socket } from 'node:net';
import { ConnectionFault, ErrorCode, StreamFault } from '../frames/errors.ts';
import { defaultWindowBytes } from '../frames/flow-control.ts';
import type { FrameSink } from '../frames/frame-reader.ts';
import { FrameWriter } from '../frames/frame-writer.ts';
import type { Limits } from '../frames/limits.ts';
import { encodeSettings, PeerSettings } from '../frames/settings.ts';
import { HpackEncoder, type IsRecurring } from '../hpack/encoder.ts';
import { HpackError } from '../hpack/error.ts';
import { scheduleClose } from '../io/close-queue.ts';
import { Flush } from '../io/flush-queue.ts';
import { Output } from '../io/output.ts';
import { Input } from './input.ts';
import { Sender } from './sender.ts';

/**
 * Bytes that are read and dropped after we end a connection whose peer broke a rule. Without
 * reading on, closing the socket would take back what it has sent, our GOAWAY with it. A peer that
 * sends more is not read any more.
 */
export const afterEndBytesMax = 64 * 1024;

/** How a connection runs. */
export interface ConnectionOptions {
  readonly limits: Limits;
  readonly isRecurring: IsRecurring;
  /** Called once, when the socket has closed. */
  readonly onClosed: () => void;
  /** Called when an assertion of ours fails: this connection ends, the others go on. */
  readonly onInternalError: (error: unknown) => void;
}

/**
 * The part of a connection that knows sockets: reads, writes once per turn, ends, contains faults.
 */
export abstract class Connection implements FrameSink {
  readonly limits: Limits;
  readonly peer = new PeerSettings();
  readonly encoder: HpackEncoder;
  readonly writer: FrameWriter;
  readonly sender: Sender;
  /** Set when bytes arrive or leave, and cleared by the keepalive. */
  hasReceived = true;
  hasSent = true;
  protected readonly socket: Socket;
  readonly #flush = new Flush(() => this.contain(() => this.endTurn()));
  readonly #output: Output;
  readonly #input: Input;
  readonly #options: ConnectionOptions;
  #state: 'open' | 'ending' | 'closed' = 'open';
  #afterEndBytesLeft = Number.POSITIVE_INFINITY;
  #mustPump = false;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.socket = socket;
    this.#options = options;
    this.limits = options.limits;
    this.encoder = new HpackEncoder(options.isRecurring);
    this.#output = new Output(socket, this);
    this.writer = new FrameWriter(this.#output);
    this.#input = new Input(socket, this, {
      isOpen: () => this.isOpen,
      mayRead: () => this.isOpen && !this.sender.isCongested,
      contain: (work) => this.contain(work),
      onReading: (waitedMs) => this.onReading(waitedMs),
    });
    this.sender = new Sender(this.writer, this.#output, this.peer, options.limits.unsentBytes);
    // Node must not end our half when the peer ends its own: `#onEnd` decides.
    socket.allowHalfOpen = true;
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('end', () => this.#onEnd());
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#onClose());
  }

  abstract frame(
    type: number,
    flags: number,
    streamId: number,
    bytes: Buffer,
    start: number,
    end: number,
  ): void;

  /**
   * Called before each read of bytes that have waited `waitedMs` milliseconds for this process, 0
   * for those read at once. Returns whether the calls in them are refused.
   */
  protected onReading(_waitedMs: number): boolean {
    return false;
  }

  /** The last stream of the peer that was processed, for GOAWAY. */
  protected abstract readonly lastPeerStreamId: number;

  protected abstract onStreamFault(fault: StreamFault): void;

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  get unsentBytes(): number {
    return this.#output.unsentBytes;
  }

  /** Announces our settings, and a larger connection window than the protocol's (RFC 9113 3.4). */
  protected announce(settings: readonly (readonly [id: number, value: number])[]): void {
    this.writer.settings(encodeSettings(settings));
    const extra = this.limits.connectionWindowBytes - defaultWindowBytes;
    if (extra > 0) this.writer.windowUpdate(0, extra);
    this.scheduleFlush();
  }

  scheduleFlush(): void {
    this.#flush.schedule();
  }

  schedulePump(): void {
    this.#mustPump = true;
    this.scheduleFlush();
  }

  /** Sends at once what waits for the end of the turn. */
  protected flushNow(): void {
    this.#flush.run();
  }

  /** Sends what the turn has written. */
  protected endTurn(): void {
    if (this.#mustPump) {
      this.#mustPump = false;
      this.sender.pump();
    }
    this.#output.flush();
    if (this.sender.isCongested) this.socket.pause();
  }

  /** Called by the output: the kernel has taken bytes. */
  onSent(): void {
    this.hasSent = true;
    if (this.#state === 'closed' || this.sender.isCongested) return;
    this.#input.resume();
    if (this.sender.waiting.size > 0) this.schedulePump();
  }

  protected abstract readonly hasStreams: boolean;

  /** The connection ends, and its open streams with it. */
  protected abstract breakStreams(code: ErrorCode): void;

  /** Runs `work`. What it throws ends at most this connection. */
  protected contain(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof ConnectionFault) this.end(error.code, error.message);
      else if (error instanceof HpackError) this.end(ErrorCode.compressionError, error.message);
      else this.kill(error);
    }
  }

  /** Sends GOAWAY, breaks the streams and closes. What still comes is dropped (RFC 9113 5.4.1). */
  end(code: ErrorCode, debug = ''): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    if (code !== ErrorCode.noError) this.#afterEndBytesLeft = afterEndBytesMax;
    this.writer.goaway(this.lastPeerStreamId, code, debug);
    this.breakStreams(code === ErrorCode.noError ? ErrorCode.cancel : code);
    this.#output.flush();
    this.socket.end();
    this.socket.resume();
  }

  /** Sends what is left, and closes. */
  protected finish(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    this.#output.flush();
    this.socket.end();
    this.socket.resume();
  }

  /** Closes at once, without GOAWAY. */
  destroy(): void {
    this.#state = 'closed';
    this.breakStreams(ErrorCode.cancel);
    scheduleClose(this.socket);
  }

  /** Ends this connection after a fault of ours. The process and other connections go on. */
  kill(error: unknown): void {
    this.#options.onInternalError(error);
    this.end(ErrorCode.internalError);
    this.destroy();
  }

  /** Reads bytes of the peer: frames, or a part of one. */
  receive(chunk: Buffer): void {
    if (this.#state !== 'open') {
      this.#drop(chunk.length);
      return;
    }
    this.hasReceived = true;
    try {
      this.#input.take(chunk);
    } catch (error) {
      this.contain(() => {
        throw error;
      });
    }
  }

  #drop(bytes: number): void {
    this.#afterEndBytesLeft -= bytes;
    if (this.#afterEndBytesLeft < 0) this.onFloodAfterEnd();
  }

  /** A peer that broke a rule has sent more than `afterEndBytesMax` since. */
  protected onFloodAfterEnd(): void {
    this.destroy();
  }

  /** Handles what a frame threw: a fault of its stream does not stop the next frame. */
  protected containStreamFault(error: unknown): void {
    if (!(error instanceof StreamFault)) throw error;
    this.onStreamFault(error);
  }

  #onEnd(): void {
    // The peer reads no responses. Without calls under way there is nothing left to send.
    if (this.#state === 'closed') return;
    if (this.#state === 'open' && this.#isQuiet()) {
      this.destroy();
      return;
    }
    this.end(ErrorCode.noError);
    this.socket.end();
  }

  /** Whether no call is under way, and everything written has left. */
  #isQuiet(): boolean {
    return !this.hasStreams && !this.#flush.isScheduled && this.#output.unsentBytes === 0;
  }

  #onClose(): void {
    this.#state = 'closed';
    this.breakStreams(ErrorCode.cancel);
    this.#options.onClosed();
  }
}
