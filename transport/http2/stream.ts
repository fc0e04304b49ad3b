import { ErrorCode, StreamFault } from '../frames/errors.ts';
import { ReceiveWindow, windowBytesMax } from '../frames/flow-control.ts';
import { type Block, encodeBlock } from '../hpack/recurring-block.ts';
import { Outbox } from '../io/send-buffer.ts';
import type { StreamHost } from './stream-host.ts';

/**
 * One stream of a connection: its state, its windows, and what waits to be sent (RFC 9113 5). What it carries is the
 * business of the classes that extend it.
 */
export abstract class Stream {
  readonly id: number;
  readonly host: StreamHost;
  /** What the peer lets us send; may be negative after a change of settings (RFC 9113 6.9.2). */
  sendWindow: number;
  /** The peer has sent END_STREAM. */
  remoteClosed: boolean;
  /** We have sent END_STREAM, or either side has reset the stream. */
  localClosed = false;
  outbox: Outbox | undefined;
  /** Whether DATA has gone out since the stream was last looked at for being stuck. */
  hasProgressed = true;
  #stuckSince = 0;
  #window: ReceiveWindow | undefined;
  /** What follows the outbox: a last header list, or an empty DATA frame. */
  #last: Block | 'end of data' | undefined;

  constructor(id: number, host: StreamHost, remoteClosed: boolean) {
    this.id = id;
    this.host = host;
    this.sendWindow = host.peer.initialWindowSize;
    this.remoteClosed = remoteClosed;
  }

  /** Content has come: `bytes[start..end)`, the last of it if `endStream`. */
  abstract onData(bytes: Buffer, start: number, end: number, endStream: boolean): void;

  /** The stream was broken off, by the peer or with the connection. Nothing can be sent any more. */
  abstract onBroken(code: ErrorCode): void;

  /** The connection is gone. */
  onLost(code: ErrorCode): void {
    this.onBroken(code);
  }

  /** What was in the outbox is on its way. */
  protected abstract onSent(): void;

  /** The peer has taken nothing for too long. */
  abstract onStalled(): void;

  /** Whether nothing has gone out for `stallMs`; asked from time to time while something waits. */
  isStalled(now: number, stallMs: number): boolean {
    if (this.hasProgressed) this.#stuckSince = now;
    this.hasProgressed = false;
    return now - this.#stuckSince >= stallMs;
  }

  /** The peer's WINDOW_UPDATE, or its new initial window; true unless the window overflows (RFC 9113 6.9.1). */
  growSendWindow(increment: number): boolean {
    this.sendWindow += increment;
    return this.sendWindow <= windowBytesMax;
  }

  /**
   * Books received DATA, padding included.
   * @throws StreamFault FLOW_CONTROL_ERROR beyond the window (RFC 9113 6.9.1)
   */
  receive(bytes: number): void {
    this.#window ??= new ReceiveWindow(this.host.limits.streamWindowBytes);
    if (!this.#window.receive(bytes)) {
      throw new StreamFault(this.id, ErrorCode.flowControlError, 'More DATA than the stream window allows');
    }
  }

  /** Gives the peer room for `bytes` more: what it sent has been taken. */
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

  /** Sends `prefix` and `payload` as DATA; false if part of it waits in the outbox, and `onSent` will be called. */
  protected sendData(prefix: Uint8Array, payload: Uint8Array, endStream = false): boolean {
    const { sender, writer } = this.host;
    if (this.outbox === undefined && sender.tryBook(this, prefix.length + payload.length)) {
      writer.prefixedData(this.id, prefix, payload, endStream);
      if (endStream) this.closeLocally();
      this.host.scheduleFlush();
      return true;
    }
    const before = this.outbox;
    this.outbox = new Outbox(before === undefined ? [prefix, payload] : [before.rest, prefix, payload]);
    before?.release();
    if (endStream) this.#last = 'end of data';
    sender.enqueue(this);
    this.host.schedulePump();
    return false;
  }

  /** Sends the last header list once everything before it is out, and ends our side. */
  protected sendLast(block: Block): void {
    if (this.outbox === undefined) this.sendHeaders(block, true);
    else this.#last = block;
  }

  /** Called by the sender. */
  onOutboxEmpty(): void {
    this.outbox?.release();
    this.outbox = undefined;
    if (this.#last === undefined) this.onSent();
    else if (this.#last === 'end of data') this.endOfData();
    else this.sendHeaders(this.#last, true);
  }

  /** Ends our side without a header list, once everything before it is out. */
  protected endOfData(): void {
    if (this.outbox !== undefined) {
      this.#last = 'end of data';
      return;
    }
    this.host.writer.endOfData(this.id);
    this.closeLocally();
    this.host.scheduleFlush();
  }

  /** Breaks the stream off, telling the peer why. */
  reset(code: ErrorCode): void {
    this.outbox = undefined;
    this.host.resetStream(this, code);
  }

  /** Our side is done; a server that has answered needs nothing more of the request (RFC 9113 8.1). */
  protected closeLocally(): void {
    this.localClosed = true;
    if (this.remoteClosed) this.host.completeStream(this);
    else this.onClosedFirst();
  }

  /** We ended while the peer may still send. */
  protected abstract onClosedFirst(): void;
}
