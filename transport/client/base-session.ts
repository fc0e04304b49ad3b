import type { Socket } from 'node:net';
import type { Goaway } from '../frames/control-frames.ts';
import { ConnectionFault, ErrorCode, StreamFault } from '../frames/errors.ts';
import { clientPreface, streamIdMax } from '../frames/frames.ts';
import { Setting } from '../frames/settings.ts';
import { GrpcError, Status } from '../grpc/status.ts';
import type { IsRecurring } from '../hpack/encoder.ts';
import { type ResponseHead, readResponseHead } from '../http2/response-head.ts';
import { Session } from '../http2/session.ts';
import type { Stream } from '../http2/stream.ts';
import type { ClientSettings } from './options.ts';

/** What a session needs of its calls. */
interface CallStream extends Stream {
  /** A header list has come: the head of the response, or its trailers. */
  onHead(head: ResponseHead, endStream: boolean): void;
  /** @param mayHaveActed false if the server has certainly not processed the call */
  breakOff(code: ErrorCode, error: GrpcError, mayHaveActed: boolean): void;
}

/** The client's side of a connection: it opens all streams, up to the server's limit. */
export abstract class BaseSession<Call extends CallStream> extends Session<Call, ResponseHead> {
  /** Calls that wait because the server allows no more streams. */
  readonly #queue: (() => void)[] = [];
  #lastId = -1;
  #isLeaving = false;

  constructor(
    socket: Socket,
    settings: ClientSettings,
    hooks: { readonly isRecurring: IsRecurring; readonly onClosed: () => void },
  ) {
    super(socket, {
      limits: settings.limits,
      clock: settings.clock,
      interpret: readResponseHead,
      mayPeerPush: false,
      isRecurring: hooks.isRecurring,
      onClosed: () => {
        this.#startWaiting();
        hooks.onClosed();
      },
      onInternalError: () => {},
    });
    this.writer.preface(clientPreface);
    this.announce([
      [Setting.enablePush, 0],
      [Setting.maxHeaderListSize, settings.limits.headerListBytes],
      [Setting.headerTableSize, settings.limits.headerTableBytes],
      [Setting.initialWindowSize, settings.limits.streamWindowBytes],
    ]);
  }

  /** Whether new calls may begin here. */
  get isUsable(): boolean {
    return this.isOpen && !this.#isLeaving && this.#lastId < streamIdMax - 2;
  }

  /** Opens no more calls, and closes when those under way have ended. */
  leave(): void {
    this.#isLeaving = true;
    this.onForgotten();
  }

  /** Whether the server allows one more stream. */
  protected get hasRoom(): boolean {
    return this.streams.size < this.peer.maxConcurrentStreams;
  }

  /** Defers the start of a call until there is room, or the session takes no more calls. */
  protected whenRoom(start: () => void): void {
    this.#queue.push(start);
  }

  /** The id of the next stream. */
  protected nextId(): number {
    this.#lastId += 2;
    return this.#lastId;
  }

  protected override get lastPeerStreamId(): number {
    return 0;
  }

  protected override isIdle(streamId: number): boolean {
    return streamId > this.#lastId || streamId % 2 === 0;
  }

  protected override onHeaders(streamId: number, head: ResponseHead, endStream: boolean): void {
    const call = this.streams.get(streamId);
    if (call === undefined) throw new ConnectionFault(ErrorCode.protocolError, 'A server opens a stream');
    call.onHead(head, endStream);
    if (head.kind === 'malformed') throw new StreamFault(streamId, ErrorCode.protocolError, head.message);
  }

  protected override onForgotten(): void {
    if (this.streams.size === 0 && this.#isLeaving) this.finish();
    while (this.#queue.length > 0 && this.hasRoom) this.#queue.shift()?.();
  }

  /** The server takes no new streams, and has not processed those above the last (RFC 9113 6.8). */
  protected override onGoaway({ lastStreamId, code, debug }: Goaway): void {
    this.#isLeaving = true;
    const message = `The server is going away (code ${code}) ${debug}`.trim();
    const reason = new GrpcError(Status.UNAVAILABLE, message);
    for (const call of this.streams.values()) {
      if (call.id > lastStreamId) call.breakOff(ErrorCode.cancel, reason, false);
    }
    this.#startWaiting();
    this.onForgotten();
  }

  protected override onPingAck(): void {
    // Any bytes prove that the server is alive.
  }

  #startWaiting(): void {
    for (const start of this.#queue.splice(0)) start();
  }
}
