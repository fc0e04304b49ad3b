import { ErrorCode, StreamFault } from '../frames/errors.ts';
import { ReceiveWindow, windowBytesMax } from '../frames/flow-control.ts';
import type { FrameWriter } from '../frames/frame-writer.ts';
import type { Limits } from '../frames/limits.ts';
import type { PeerSettings } from '../frames/settings.ts';
import type { HpackEncoder } from '../hpack/encoder.ts';
import { type Block, encodeBlock } from '../hpack/recurring-block.ts';
import { SendBuffer } from '../io/send-buffer.ts';
import type { Sender } from './sender.ts';

/** What a stream needs of its connection. */
export interface StreamHost {
  readonly writer: FrameWriter;
  readonly encoder: HpackEncoder;
  readonly sender: Sender;
  readonly peer: PeerSettings;
  readonly limits: Limits;
  /** Sends what was written, at the end of this turn. */
  scheduleFlush(): void;
  /** Sends what waits in send buffers, as far as windows allow, at the end of this turn. */
  schedulePump(): void;
  /** Both sides have ended. */
  completeStream(stream: Stream): void;
  /** Sends RST_STREAM and forgets the stream. */
  resetStream(stream: Stream, code: ErrorCode): void;
}

/**
 * Bytes that a reader must take to make progress, unless it takes all that waits. Any DATA would
 * not do: a byte now and then would keep a large response in memory without end.
 */
const progressBytes = 65_536;

/**
 * One stream of a connection: its state, its windows, and what waits to be sent (RFC 9113 5).
 * Subclasses know what it carries.
 */
export abstract class Stream {
  readonly id: number;
  readonly host: StreamHost;
  /** Bytes that the peer lets us send. Negative after some changes of settings (RFC 9113 6.9.2). */
  sendWindow: number;
  /** The peer has sent END_STREAM. */
  remoteClosed: boolean;
  /** We have sent END_STREAM, or either side has reset the stream. */
  localClosed = false;
  sendBuffer: SendBuffer | undefined;
  bytesTowardsProgress = progressBytes;
  #stuckSince = 0;
  #window: ReceiveWindow | undefined;
  /** What follows the send buffer: a last header list, or an empty DATA frame. */
  #last: Block | 'end of data' | undefined;

  constructor(id: number, host: StreamHost, remoteClosed: boolean) {
    this.id = id;
    this.host = host;
    this.sendWindow = host.peer.initialWindowSize;
    this.remoteClosed = remoteClosed;
  }

  /** Whether the end of the stream is that of a served call, which restores the peer's budgets. */
  get isServed(): boolean {
    return true;
  }

  /** Content has come: `bytes[start..end)`, the last of it if `endStream`. */
  abstract onData(bytes: Buffer, start: number, end: number, endStream: boolean): void;

  /** The stream was reset, by the peer or with the connection. Nothing can be sent any more. */
  abstract onBroken(code: ErrorCode): void;

  /** The connection is gone. */
  onLost(code: ErrorCode): void {
    this.onBroken(code);
  }

  /** What was in the send buffer is on its way. */
  protected abstract onSent(): void;

  /** The peer has taken nothing for too long. */
  abstract onStalled(): void;

  /** Whether the reader has made no progress for `stallMs`. Called at intervals while DATA waits. */
  isStalled(now: number, stallMs: number): boolean {
    if (this.bytesTowardsProgress >= progressBytes) {
      this.#stuckSince = now;
      this.bytesTowardsProgress = 0;
    }
    return now - this.#stuckSince >= stallMs;
  }

  /** Grows the window by `increment`. False if it overflows (RFC 9113 6.9.1). */
  growSendWindow(increment: number): boolean {
    this.sendWindow += increment;
    return this.sendWindow <= windowBytesMax;
  }

  /**
   * Counts received DATA, padding included.
   * @throws StreamFault FLOW_CONTROL_ERROR beyond the window (RFC 9113 6.9.1)
   */
  receive(bytes: number): void {
    this.#window ??= new ReceiveWindow(this.host.limits.streamWindowBytes);
    if (!this.#window.receive(bytes)) {
      throw new StreamFault(this.id, ErrorCode.flowControlError, 'More DATA than the stream window allows');
    }
  }

  /** Lets the peer send `bytes` more: as many have been taken. */
  giveBack(bytes: number): void {
    const increment = this.remoteClosed ? 0 : (this.#window?.take(bytes) ?? 0);
    if (increment === 0) return;
    this.host.writer.windowUpdate(this.id, increment);
    this.host.scheduleFlush();
  }

  protected sendHeaders(block: Block, endStream: boolean): void {
    const { writer, encoder, peer } = this.host;
    writer.headers(this.id, encodeBlock(block, encoder), endStream, peer.maxFrameSize);
    if (endStream) this.closeLocally();
    this.host.scheduleFlush();
  }

  /**
   * Sends `prefix` and `payload` as DATA. Returns false if a part waits in the send buffer:
   * `onSent` follows when it is on its way.
   */
  protected sendData(prefix: Uint8Array, payload: Uint8Array, endStream = false): boolean {
    const { sender, writer } = this.host;
    if (this.sendBuffer === undefined && sender.tryReserve(this, prefix.length + payload.length)) {
      writer.prefixedData(this.id, prefix, payload, endStream);
      if (endStream) this.closeLocally();
      this.host.scheduleFlush();
      return true;
    }
    const before = this.sendBuffer;
    this.sendBuffer = new SendBuffer(
      before === undefined ? [prefix, payload] : [before.rest, prefix, payload],
    );
    before?.release();
    if (endStream) this.#last = 'end of data';
    sender.enqueue(this);
    this.host.schedulePump();
    return false;
  }

  /** Sends the last header list once everything before it is out, and ends our side. */
  protected sendLast(block: Block): void {
    if (this.sendBuffer === undefined) this.sendHeaders(block, true);
    else this.#last = block;
  }

  /** Called by the sender. */
  onSendBufferEmpty(): void {
    this.bytesTowardsProgress = progressBytes;
    this.sendBuffer?.release();
    this.sendBuffer = undefined;
    if (this.#last === undefined) this.onSent();
    else if (this.#last === 'end of data') this.endOfData();
    else this.sendHeaders(this.#last, true);
  }

  /** Ends our side without a header list, once everything before it is out. */
  protected endOfData(): void {
    if (this.sendBuffer !== undefined) {
      this.#last = 'end of data';
      return;
    }
    this.host.writer.endOfData(this.id);
    this.closeLocally();
    this.host.scheduleFlush();
  }

  /** Resets the stream with `code`. */
  reset(code: ErrorCode): void {
    this.sendBuffer = undefined;
    this.host.resetStream(this, code);
  }

  /** Our side is done. A server that has responded needs no more of the request (RFC 9113 8.1). */
  protected closeLocally(): void {
    this.localClosed = true;
    if (this.remoteClosed) this.host.completeStream(this);
    else this.onClosedFirst();
  }

  /** We ended while the peer may still send. */
  protected abstract onClosedFirst(): void;
}
