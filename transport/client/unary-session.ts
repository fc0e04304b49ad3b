import type { Socket } from 'node:net';
import { ErrorCode } from '../frames/errors.ts';
import { GrpcError, Status } from '../grpc/status.ts';
import { RecurringBlock } from '../hpack/recurring-block.ts';
import { CallingSession } from './base-session.ts';
import type { ClientSettings } from './options.ts';
import { requestFields } from './request-fields.ts';
import { type CallShare, type CallSink, UnaryCall } from './unary-call.ts';

/** What all calls of a session ask for. */
export interface SessionCalls {
  readonly timeoutMs: number;
  /** sent along with each */
  readonly metadata: readonly (readonly [name: string, value: string])[];
}

/** What a session reports, each once. */
interface SessionEvents {
  /** The server has sent its settings: it speaks HTTP/2. */
  readonly onReady: () => void;
  readonly onClosed: () => void;
}

/** So many calls are worth a write of their own. */
const manyCalls = 8;

/** A connection that sends unary calls and nothing else, many times the same. */
export class UnarySession extends CallingSession<UnaryCall> {
  readonly #onReady: () => void;
  readonly #settings: ClientSettings;
  readonly #calls: SessionCalls;
  readonly #share: CallShare;
  readonly #heads = new Map<string, RecurringBlock>();
  readonly #flush = (): void => {
    this.#willFlush = false;
    this.onTurnEnd();
  };
  #willFlush = false;

  constructor(socket: Socket, settings: ClientSettings, calls: SessionCalls, events: SessionEvents) {
    // every field recurs, the metadata of the timing too
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

  /** Gives up what has been under way for longer than the deadline; the oldest calls come first. */
  giveUpLate(): void {
    const limitMs = this.#settings.clock.now() - this.#calls.timeoutMs;
    for (const call of this.streams.values()) {
      if (call.sentMs > limitMs) return;
      call.breakOff(ErrorCode.cancel, new GrpcError(Status.DEADLINE_EXCEEDED, 'The deadline has passed'));
    }
  }

  /**
   * With many calls under way, when this connection's replies have been read, not those of all: the server is to work
   * meanwhile, or each would wait until the other has done with all connections. With few, together with the others.
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
