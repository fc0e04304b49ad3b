import type { Socket } from 'node:net';
import * as control from '../frames/control-frames.ts';
import { ConnectionFault, ErrorCode, StreamFault } from '../frames/errors.ts';
import { defaultWindowBytes, ReceiveWindow } from '../frames/flow-control.ts';
import { Flag, FrameType } from '../frames/frames.ts';
import { HeaderFrames, type HeaderSink, type MalformedHead } from '../frames/header-frames.ts';
import { contentEnd } from '../frames/padding.ts';
import { BlockCache } from '../hpack/block-cache.ts';
import { type HeaderList, HpackDecoder } from '../hpack/decoder.ts';
import { Ending } from './closed-streams.ts';
import { RateBudget } from './rate-budget.ts';
import type { Stream } from './stream.ts';
import { StreamLifecycle, type StreamLifecycleOptions } from './stream-lifecycle.ts';

/** How a session runs, beyond its connection. */
export interface SessionOptions<Head> extends StreamLifecycleOptions {
  /** The meaning of a header list to this side. A pure function: its results are cached. */
  readonly interpret: (list: HeaderList) => Head;
  /** Whether the peer may set SETTINGS_ENABLE_PUSH to 1. */
  readonly mayPeerPush: boolean;
}

/**
 * The part of a connection that knows frames: checks each against its stream (RFC 9113 5 and 6).
 */
export abstract class Session<S extends Stream, Head> extends StreamLifecycle<S> implements HeaderSink<Head> {
  readonly #controlFrames: RateBudget;
  readonly #window: ReceiveWindow;
  readonly #headers: HeaderFrames<Head>;
  readonly #mayPeerPush: boolean;
  #hasSettings = false;
  #settingsAcknowledged = false;

  constructor(socket: Socket, options: SessionOptions<Head>) {
    super(socket, options);
    const { limits, clock } = options;
    this.#controlFrames = new RateBudget(limits.controlFramesBurst, limits.controlFramesPerSecond, clock.now);
    this.#window = new ReceiveWindow(limits.connectionWindowBytes);
    const decoder = new HpackDecoder(limits.headerTableBytes, limits.headerListBytes);
    this.#headers = new HeaderFrames(new BlockCache(decoder, options.interpret), limits, this);
    this.#mayPeerPush = options.mayPeerPush;
  }

  /** A header list has come on a stream: a new one, or one that is open. */
  protected abstract onHeaders(streamId: number, head: Head | MalformedHead, endStream: boolean): void;
  protected abstract onPingAck(payload: Buffer): void;
  protected abstract onGoaway(goaway: control.Goaway): void;

  /** The peer has acknowledged our settings. */
  get isSettled(): boolean {
    return this.#settingsAcknowledged;
  }

  /** The stream of a header block that is incomplete. */
  get openBlock(): number | undefined {
    return this.#headers.openBlock;
  }

  /** A call was served: the peer may send control frames again, and reset one stream more. */
  override completeStream(stream: Stream): void {
    if (stream.isServed) this.#controlFrames.restore();
    super.completeStream(stream);
  }

  override frame(type: number, flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (!this.isOpen) return;
    const isFirst = !this.#hasSettings;
    if (isFirst) this.#assertFirst(type, flags);
    if (this.#headers.isInside) this.#headers.assertContinues(type, id);
    try {
      this.#dispatch(type, flags, id, bytes, start, end);
    } catch (error) {
      this.containStreamFault(error);
    }
    if (isFirst) this.onReady();
  }

  /** The first SETTINGS of the peer have been applied: the peer speaks HTTP/2. */
  protected onReady(): void {}

  /** The first frame is SETTINGS (RFC 9113 3.4). */
  #assertFirst(type: number, flags: number): void {
    if (type !== FrameType.settings || (flags & Flag.ack) !== 0) {
      throw new ConnectionFault(ErrorCode.protocolError, 'Expected SETTINGS as the first frame');
    }
    this.#hasSettings = true;
  }

  #dispatch(type: number, flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    switch (type) {
      case FrameType.data:
        this.#onData(flags, id, bytes, start, end);
        break;
      case FrameType.headers:
        this.#headers.onHeaders(flags, id, bytes, start, end);
        break;
      case FrameType.priority:
        this.#spend('PRIORITY');
        control.checkPriority(id, bytes, start, end);
        break;
      case FrameType.rstStream:
        this.#onReset(id, control.readReset(id, bytes, start, end));
        break;
      case FrameType.settings:
        this.#onSettings(flags, id, bytes, start, end);
        break;
      case FrameType.pushPromise:
        throw new ConnectionFault(ErrorCode.protocolError, 'PUSH_PROMISE is not accepted');
      case FrameType.ping:
        this.#onPing(flags, id, bytes, start, end);
        break;
      case FrameType.goaway:
        this.onGoaway(control.readGoaway(id, bytes, start, end));
        break;
      case FrameType.windowUpdate:
        this.#onWindowUpdate(id, control.readIncrement(id, bytes, start, end));
        break;
      case FrameType.continuation:
        this.#headers.onContinuation(flags, bytes, start, end);
        break;
      default:
        // Unknown types are ignored (RFC 9113 4.1), up to a limit.
        this.#spend('unknown');
    }
  }

  #spend(what: string): void {
    if (this.#controlFrames.take()) return;
    // gRPC clients know this text, and ping less from then on.
    const message = what === 'PING' ? 'too_many_pings' : `Too many ${what} frames`;
    throw new ConnectionFault(ErrorCode.enhanceYourCalm, message);
  }

  #onData(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    control.assertOnStream('DATA', id);
    const contentStop = contentEnd(flags, bytes, start, end);
    const endStream = (flags & Flag.endStream) !== 0;
    this.#countData(end - start);
    const stream = this.streams.get(id);
    if (stream === undefined) {
      this.#onLateFrame(id, 'DATA');
      const windowBytes = Math.max(this.limits.streamWindowBytes, defaultWindowBytes);
      this.closed.countLateData(id, end - start, windowBytes);
      return;
    }
    if (stream.remoteClosed) throw new StreamFault(id, ErrorCode.streamClosed, 'DATA after END_STREAM');
    stream.receive(end - start);
    const contentFrom = (flags & Flag.padded) === 0 ? start : start + 1;
    if (contentFrom === contentStop && !endStream) this.#spend('empty DATA');
    if (endStream) stream.remoteClosed = true;
    stream.onData(bytes, contentFrom, contentStop, endStream);
    const padding = end - start - (contentStop - contentFrom);
    if (padding > 0) stream.giveBack(padding);
  }

  /**
   * Returns the connection's window as bytes come: each stream's own window bounds what is held.
   */
  #countData(length: number): void {
    if (!this.#window.receive(length)) {
      throw new ConnectionFault(ErrorCode.flowControlError, 'More DATA than the connection window allows');
    }
    const increment = this.#window.take(length);
    if (increment === 0) return;
    this.writer.windowUpdate(0, increment);
    this.scheduleFlush();
  }

  /** DATA or HEADERS on a stream that is not open (RFC 9113 5.1). */
  #onLateFrame(id: number, name: 'DATA' | 'HEADERS'): void {
    if (this.isIdle(id)) throw new ConnectionFault(ErrorCode.protocolError, `${name} on an idle stream`);
    this.closed.checkLateFrame(id, name);
  }

  /** Called by the reader of header frames. */
  onHeaderList(id: number, head: Head | MalformedHead, endStream: boolean): void {
    const stream = this.streams.get(id);
    if (stream === undefined && !this.isIdle(id)) {
      this.#onLateFrame(id, 'HEADERS');
      return;
    }
    if (stream?.remoteClosed === true) {
      throw new StreamFault(id, ErrorCode.streamClosed, 'HEADERS after END_STREAM');
    }
    this.onHeaders(id, head, endStream);
  }

  #onReset(id: number, code: number): void {
    if (this.isIdle(id)) throw new ConnectionFault(ErrorCode.protocolError, 'RST_STREAM on an idle stream');
    this.spendUnserved();
    const stream = this.streams.get(id);
    if (stream === undefined) return;
    this.forget(stream, Ending.resetByPeer);
    stream.onBroken(toErrorCode(code));
  }

  #onSettings(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    control.assertOnConnection('SETTINGS', id);
    if ((flags & Flag.ack) !== 0) {
      control.assertLength('SETTINGS with ACK', end - start, 0);
      this.#settingsAcknowledged = true;
      return;
    }
    this.#spend('SETTINGS');
    const before = this.peer.initialWindowSize;
    const tableBefore = this.peer.headerTableSize;
    this.peer.apply(bytes, start, end, this.#mayPeerPush);
    if (this.peer.headerTableSize !== tableBefore) this.encoder.limitTable(this.peer.headerTableSize);
    this.adjustWindows(this.peer.initialWindowSize - before);
    this.writer.settingsAck();
    this.scheduleFlush();
  }

  #onPing(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    control.assertOnConnection('PING', id);
    control.assertLength('PING', end - start, 8);
    if ((flags & Flag.ack) !== 0) {
      this.onPingAck(bytes.subarray(start, end));
      return;
    }
    this.#spend('PING');
    this.writer.ping(bytes.subarray(start, end), true);
    this.scheduleFlush();
  }

  #onWindowUpdate(id: number, increment: number): void {
    if (id === 0) {
      this.sender.grow(increment);
      this.schedulePump();
      return;
    }
    if (this.isIdle(id))
      throw new ConnectionFault(ErrorCode.protocolError, 'WINDOW_UPDATE on an idle stream');
    const stream = this.streams.get(id);
    if (stream === undefined) return;
    if (!stream.growSendWindow(increment)) {
      throw new StreamFault(id, ErrorCode.flowControlError, 'The stream window overflows');
    }
    if (stream.sendBuffer !== undefined) this.schedulePump();
  }
}

/** Unknown codes count as INTERNAL_ERROR (RFC 9113 7). */
function toErrorCode(code: number): ErrorCode {
  return Object.values(ErrorCode).find((known) => known === code) ?? ErrorCode.internalError;
}
