import type { Socket } from 'node:net';
import { ConnectionFault, ErrorCode, type StreamFault } from '../frames/errors.ts';
import type { Clock } from '../io/clock.ts';
import { ClosedStreams, Ending } from './closed-streams.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { Budget } from './rate-budget.ts';
import type { Stream } from './stream.ts';

/** What keeping streams needs beyond a connection. */
export interface StreamKeeperOptions extends ConnectionOptions {
  readonly clock: Clock;
}

/** The part of a connection that knows which streams are open, and how the others ended (RFC 9113 5.1). */
export abstract class StreamKeeper<S extends Stream> extends Connection<S> {
  protected readonly closed = new ClosedStreams();
  readonly #resets: Budget;

  constructor(socket: Socket, options: StreamKeeperOptions) {
    super(socket, options);
    const { resetsBurst, resetsPerSecond } = options.limits;
    this.#resets = new Budget(resetsBurst, resetsPerSecond, options.clock.now);
  }

  /** Whether nobody has used that stream yet (RFC 9113 5.1, "idle"). */
  protected abstract isIdle(streamId: number): boolean;

  /** A stream has ended; there may be none left. */
  protected abstract onForgotten(): void;

  override completeStream(stream: Stream): void {
    this.#resets.credit();
    this.forget(stream, Ending.complete);
  }

  override resetStream(stream: Stream, code: ErrorCode): void {
    if (this.streams.get(stream.id) !== stream) return;
    // First, for what follows from the end of the stream must not overtake it: a new call, or the end of the connection.
    this.#sendReset(stream.id, code);
    this.forget(stream, Ending.resetByUs);
  }

  /** A fault of the peer's costs it a reset of its budget: breaking rules must not be cheaper than resetting. */
  protected override onStreamFault({ streamId, code }: StreamFault): void {
    this.spendReset();
    this.#sendReset(streamId, code);
    const stream = this.streams.get(streamId);
    if (stream !== undefined) this.forget(stream, Ending.resetByUs);
    else if (this.closed.endingOf(streamId) === Ending.unknown) this.closed.add(streamId, Ending.resetByUs);
    stream?.onBroken(code);
  }

  /** Refuses a stream that never came to be. */
  protected refuse(streamId: number, code: ErrorCode): void {
    this.closed.add(streamId, Ending.resetByUs);
    this.#sendReset(streamId, code);
  }

  /** @throws ConnectionFault ENHANCE_YOUR_CALM if the peer has broken off too many streams */
  protected spendReset(): void {
    if (!this.#resets.take()) throw new ConnectionFault(ErrorCode.enhanceYourCalm, 'Too many streams reset');
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

  #sendReset(streamId: number, code: ErrorCode): void {
    this.writer.rstStream(streamId, code);
    this.scheduleFlush();
  }
}
