import type { Socket } from 'node:net';
import { ConnectionFault, ErrorCode, type StreamFault } from '../frames/errors.ts';
import type { Clock } from '../io/clock.ts';
import { ClosedStreams, Ending } from './closed-streams.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { RateBudget } from './rate-budget.ts';
import type { Stream, StreamHost } from './stream.ts';
import { StreamTable } from './stream-table.ts';

/** How the streams of a connection are kept, beyond the connection. */
export interface StreamLifecycleOptions extends ConnectionOptions {
  readonly clock: Clock;
}

/**
 * The part of a connection that knows which streams are open, and how others ended (RFC 9113 5.1).
 */
export abstract class StreamLifecycle<S extends Stream> extends Connection implements StreamHost {
  readonly streams = new StreamTable<S>();
  protected readonly closed = new ClosedStreams();
  readonly #unserved: RateBudget;

  constructor(socket: Socket, options: StreamLifecycleOptions) {
    super(socket, options);
    const { resetsBurst, resetsPerSecond } = options.limits;
    this.#unserved = new RateBudget(resetsBurst, resetsPerSecond, options.clock.now);
  }

  /** Whether the stream has not been used yet (RFC 9113 5.1, "idle"). */
  protected abstract isIdle(streamId: number): boolean;

  /** A stream has ended, perhaps the last one. */
  protected abstract onForgotten(): void;

  completeStream(stream: Stream): void {
    if (stream.isServed) this.#unserved.credit();
    this.forget(stream, Ending.complete);
  }

  resetStream(stream: Stream, code: ErrorCode): void {
    if (this.streams.get(stream.id) !== stream) return;
    // RST_STREAM goes first: a new call or the end of the connection must not overtake it.
    this.#sendReset(stream.id, code);
    this.forget(stream, Ending.resetByUs);
  }

  /**
   * A fault costs the peer a reset of its budget: breaking rules must not be cheaper than
   * resetting.
   * @throws ConnectionFault for an idle stream, which RST_STREAM must not name (RFC 9113 6.4)
   */
  protected override onStreamFault({ streamId, code, message }: StreamFault): void {
    if (this.isIdle(streamId)) throw new ConnectionFault(code, message);
    this.spendUnserved();
    if (this.closed.takesLateFrames(streamId)) return;
    this.#sendReset(streamId, code);
    const stream = this.streams.get(streamId);
    if (stream !== undefined) this.forget(stream, Ending.resetByUs);
    else if (this.closed.endingOf(streamId) === Ending.unknown) this.closed.add(streamId, Ending.resetByUs);
    stream?.onBroken(code);
  }

  /** Refuses a stream before it opens. */
  protected refuse(streamId: number, code: ErrorCode): void {
    this.closed.add(streamId, Ending.resetByUs);
    this.#sendReset(streamId, code);
  }

  /**
   * Charges the peer for a stream that ends without a served call: it costs work, and the peer
   * nothing.
   * @throws ConnectionFault ENHANCE_YOUR_CALM if there were too many of them
   */
  protected spendUnserved(): void {
    if (this.#unserved.take()) return;
    throw new ConnectionFault(ErrorCode.enhanceYourCalm, 'Too many streams reset or refused');
  }

  /**
   * A new initial window changes the windows of the streams that are open (RFC 9113 6.9.2).
   * @throws ConnectionFault FLOW_CONTROL_ERROR if one overflows
   */
  protected adjustWindows(difference: number): void {
    if (difference === 0) return;
    for (const stream of this.streams.values()) {
      if (!stream.growSendWindow(difference)) {
        throw new ConnectionFault(ErrorCode.flowControlError, 'A stream window overflows');
      }
    }
    this.schedulePump();
  }

  protected forget(stream: Stream, ending: Ending): void {
    this.streams.delete(stream.id);
    this.closed.add(stream.id, ending);
    this.sender.forget(stream);
    stream.localClosed = true;
    this.onForgotten();
  }

  protected override get hasStreams(): boolean {
    return this.streams.size > 0;
  }

  protected override breakStreams(code: ErrorCode): void {
    const broken = this.streams.values();
    this.streams.clear();
    for (const stream of broken) {
      this.sender.forget(stream);
      stream.localClosed = true;
      stream.sendBuffer = undefined;
      stream.onLost(code);
    }
  }

  #sendReset(streamId: number, code: ErrorCode): void {
    this.writer.rstStream(streamId, code);
    this.scheduleFlush();
  }
}
