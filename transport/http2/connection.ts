import type { Socket } from 'node:net';
import { ConnectionFault, ErrorCode, StreamFault } from '../frames/errors.ts';
import { defaultWindowBytes } from '../frames/flow-control.ts';
import type { FrameSink } from '../frames/frame-reader.ts';
import { FrameWriter } from '../frames/frame-writer.ts';
import type { Limits } from '../frames/limits.ts';
import { encodeSettings, PeerSettings } from '../frames/settings.ts';
import { HpackEncoder, type IsRecurring } from '../hpack/encoder.ts';
import { HpackError } from '../hpack/error.ts';
import { closeInTurn } from '../io/close-queue.ts';
import { atTurnEnd } from '../io/flush-queue.ts';
import { Output } from '../io/output.ts';
import { Inlet } from './input.ts';
import { Sender } from './sender.ts';
import type { Stream } from './stream.ts';
import type { StreamHost } from './stream-host.ts';
import { StreamTable } from './stream-table.ts';

/**
 * What still comes after we have ended a connection is read and dropped, for a socket that is closed with unread bytes
 * takes back what it has sent, our GOAWAY with it. But whoever broke the rules and sends on for so long is not read any more.
 */
export const afterEndBytesMax = 64 * 1024;

/** What a connection asks of whoever opened it. */
export interface ConnectionOptions {
  readonly limits: Limits;
  readonly isRecurring: IsRecurring;
  /** Called once, when nothing of the connection is left. */
  readonly onClosed: () => void;
  /** An assertion of ours failed: this connection is cut off, the others go on. */
  readonly onInternalError: (error: unknown) => void;
}

/** The half of a connection that knows sockets: reads, writes once per turn, ends, and contains faults. */
export abstract class Connection<S extends Stream> implements StreamHost, FrameSink {
  readonly limits: Limits;
  readonly peer = new PeerSettings();
  readonly encoder: HpackEncoder;
  readonly writer: FrameWriter;
  readonly sender: Sender;
  readonly streams = new StreamTable<S>();
  bufferedBytes = 0;
  /** Set whenever bytes arrive or leave, cleared by whoever watches for idleness and for being stuck. */
  hasReceived = true;
  hasSent = true;
  protected readonly socket: Socket;
  readonly #output: Output;
  readonly #inlet: Inlet;
  readonly #options: ConnectionOptions;
  #state: 'open' | 'ending' | 'closed' = 'open';
  #afterEndBytesLeft = Number.POSITIVE_INFINITY;
  #mustPump = false;
  #awaitsTurnEnd = false;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.socket = socket;
    this.#options = options;
    this.limits = options.limits;
    this.encoder = new HpackEncoder(options.isRecurring);
    this.#output = new Output(socket, this);
    this.writer = new FrameWriter(this.#output);
    this.#inlet = new Inlet(socket, this, {
      mayRead: () => this.isOpen && !this.sender.isCongested,
      contain: (work) => this.contain(work),
      onReading: (waitedMs) => this.onReading(waitedMs),
    });
    this.sender = new Sender(this.writer, this.#output, this.peer, options.limits.unsentBytes);
    // Whose end it is is said here.
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

  /** What is read now has waited for us for so long, in milliseconds, if it was put off; answers whether it is refused. */
  protected onReading(_waitedMs: number): boolean {
    return false;
  }

  /** The last stream of the peer that we have looked at, for GOAWAY. */
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
    if (this.#awaitsTurnEnd) return;
    this.#awaitsTurnEnd = true;
    atTurnEnd(this);
  }

  schedulePump(): void {
    this.#mustPump = true;
    this.scheduleFlush();
  }

  /** Called when the turn ends. */
  onTurnEnd(): void {
    this.#awaitsTurnEnd = false;
    this.contain(() => this.endTurn());
  }

  /** Sends what the turn has to say. */
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
    this.#inlet.resume();
    if (this.sender.waiting.size > 0) this.schedulePump();
  }

  abstract completeStream(stream: Stream): void;
  abstract resetStream(stream: Stream, code: ErrorCode): void;

  /** Runs `work`; what it throws ends at most this connection. */
  protected contain(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof ConnectionFault) this.end(error.code, error.message);
      else if (error instanceof HpackError) this.end(ErrorCode.compressionError, error.message);
      else this.kill(error);
    }
  }

  /** Says GOAWAY, breaks the streams off and closes; what still comes is not looked at (RFC 9113 5.4.1). */
  end(code: ErrorCode, debug = ''): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    if (code !== ErrorCode.noError) this.#afterEndBytesLeft = afterEndBytesMax;
    this.writer.goaway(this.lastPeerStreamId, code, debug);
    this.#breakStreams(code === ErrorCode.noError ? ErrorCode.cancel : code);
    this.#output.flush();
    this.socket.end();
    this.socket.resume();
  }

  /** Everything is said: sends what is left, and closes. */
  protected finish(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    this.#output.flush();
    this.socket.end();
    this.socket.resume();
  }

  /** Closes without a word. */
  destroy(): void {
    this.#state = 'closed';
    this.#breakStreams(ErrorCode.cancel);
    closeInTurn(this.socket);
  }

  /** The kill switch: whatever is wrong with this connection, the process and the others go on. */
  kill(error: unknown): void {
    this.#options.onInternalError(error);
    this.end(ErrorCode.internalError);
    this.destroy();
  }

  /** Takes frames, or a part of one, that have come. */
  receive(chunk: Buffer): void {
    if (this.#state !== 'open') {
      this.#drop(chunk.length);
      return;
    }
    this.hasReceived = true;
    try {
      this.#inlet.take(chunk);
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

  /** A peer that broke the rules sends on and on. */
  protected onFloodAfterEnd(): void {
    this.destroy();
  }

  /** Runs `work` for a frame; a fault of one stream does not stop the next frame. */
  protected containStreamFault(error: unknown): void {
    if (!(error instanceof StreamFault)) throw error;
    this.onStreamFault(error);
  }

  #onEnd(): void {
    // The peer closes its half: calls under way cannot be answered to anybody, and where there are none nothing is left to say.
    if (this.#state === 'closed') return;
    if (this.#state === 'open' && this.#isQuiet()) {
      this.destroy();
      return;
    }
    this.end(ErrorCode.noError);
    this.socket.end();
  }

  /** Whether no call is under way, and everything that was said has left. */
  #isQuiet(): boolean {
    return this.streams.size === 0 && !this.#awaitsTurnEnd && this.#output.unsentBytes === 0;
  }

  #onClose(): void {
    this.#state = 'closed';
    this.#breakStreams(ErrorCode.cancel);
    this.#options.onClosed();
  }

  #breakStreams(code: ErrorCode): void {
    const broken = this.streams.values();
    this.streams.clear();
    for (const stream of broken) {
      this.sender.forget(stream);
      stream.localClosed = true;
      stream.outbox = undefined;
      stream.onLost(code);
    }
  }
}
