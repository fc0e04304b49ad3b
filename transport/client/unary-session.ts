import type { Socket } from 'node:net';
import { ErrorCode } from '../frames/errors.ts';
import { GrpcError, Status } from '../grpc/status.ts';
import { RecurringBlock } from '../hpack/recurring-block.ts';
import { BaseSession } from './base-session.ts';
import type { ClientSettings } from './options.ts';
import { requestFields } from './request-fields.ts';
import { type CallShare, type CallSink, UnaryCall } from './unary-call.ts';

/** How all calls of a session run. */
export interface SessionCalls {
  readonly timeoutMs: number;
  /** Names and values to send with each call. */
  readonly metadata: readonly (readonly [name: string, value: string])[];
}

/** What a session reports, each once. */
interface SessionEvents {
  /** The server has sent its settings: it speaks HTTP/2. */
  readonly onReady: () => void;
  readonly onClosed: () => void;
}

/** From this many calls on, a connection writes on its own. */
const manyCalls = 8;

/** A connection that sends many equal unary calls, and nothing else. */
export class UnarySession extends BaseSession<UnaryCall> {
  readonly #onReady: () => void;
  readonly #settings: ClientSettings;
  readonly #calls: SessionCalls;
  readonly #share: CallShare;
  readonly #heads = new Map<string, RecurringBlock>();
  readonly #flush = (): void => {
    this.#willFlush = false;
    this.flushNow();
  };
  #willFlush = false;

  constructor(socket: Socket, settings: ClientSettings, calls: SessionCalls, events: SessionEvents) {
    // Every field recurs, the metadata of the timing too.
    super(socket, settings, { isRecurring: () => true, onClosed: events.onClosed });
    this.#onReady = events.onReady;
    this.#settings = settings;
    this.#calls = calls;
    this.#share = {
      known: { response: undefined, trailers: undefined },
      messageBytesMax: settings.messageBytesMax,
    };
  }

  /** Sends a call, now or when the server allows one more stream. */
  send(path: string, message: Uint8Array, sink: CallSink): void {
    if (!this.isUsable) {
      sink.onFailure(new GrpcError(Status.UNAVAILABLE, 'The connection was lost'), false);
      return;
    }
    if (!this.hasRoom) {
      this.whenRoom(() => this.send(path, message, sink));
      return;
    }
    const call = new UnaryCall(this.nextId(), this, this.#share, sink, this.#settings.clock.now());
    this.streams.add(call);
    call.open(this.#head(path), message);
  }

  /** Fails the calls whose deadline has passed. The oldest calls come first. */
  cancelExpired(): void {
    const limitMs = this.#settings.clock.now() - this.#calls.timeoutMs;
    for (const call of this.streams.values()) {
      if (call.sentMs > limitMs) return;
      call.breakOff(ErrorCode.cancel, new GrpcError(Status.DEADLINE_EXCEEDED, 'The deadline has passed'));
    }
  }

  /**
   * Schedules the flush. With many calls under way it follows the reading of this connection, so
   * that the server works while the client reads the others. With few, all connections flush
   * together.
   */
  override scheduleFlush(): void {
    if (this.streams.size < manyCalls) super.scheduleFlush();
    else if (!this.#willFlush) {
      this.#willFlush = true;
      process.nextTick(this.#flush);
    }
  }

  protected override onReady(): void {
    this.#onReady();
  }

  #head(path: string): RecurringBlock {
    const known = this.#heads.get(path);
    if (known !== undefined) return known;
    const head = new RecurringBlock(requestFields(path, this.#calls, this.#settings));
    this.#heads.set(path, head);
    return head;
  }
}
