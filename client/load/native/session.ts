import type { Socket } from 'node:net';
import type { CallOptions, ClientSettings } from '../../../transport/client/options.ts';
import { requestFields } from '../../../transport/client/request-fields.ts';
import { GrpcError, Status } from '../../../transport/grpc/status.ts';
import { RecurringBlock } from '../../../transport/http2/block.ts';
import type { Goaway } from '../../../transport/http2/control-frames.ts';
import { ConnectionFault, ErrorCode, StreamFault } from '../../../transport/http2/errors.ts';
import { clientPreface, streamIdMax } from '../../../transport/http2/frames.ts';
import { type ResponseHead, readResponseHead } from '../../../transport/http2/response-head.ts';
import { Session } from '../../../transport/http2/session.ts';
import { Setting } from '../../../transport/http2/settings.ts';
import { type CallShare, type CallSink, NativeCall } from './call.ts';

/** What all calls of a session ask for. */
export interface SessionCalls {
  readonly timeoutMs: number;
  /** metadata that is sent along; its trailer of the same name is handed on */
  readonly ask: string | undefined;
}

/** A connection that sends unary calls and nothing else, many times the same. */
export class NativeSession extends Session<NativeCall, ResponseHead> {
  readonly #settings: ClientSettings;
  readonly #calls: SessionCalls;
  readonly #share: CallShare;
  readonly #heads = new Map<string, RecurringBlock>();
  /** calls that wait because the server allows no more streams */
  readonly #queue: (() => void)[] = [];
  #lastId = -1;
  #isLeaving = false;

  constructor(socket: Socket, settings: ClientSettings, calls: SessionCalls, onClosed: () => void) {
    super(socket, {
      limits: settings.limits,
      clock: settings.clock,
      interpret: readResponseHead,
      mayPeerPush: false,
      // whatever we send is what we send again; the timing's metadata too
      isRecurring: () => true,
      onClosed: () => {
        for (const start of this.#queue.splice(0)) start();
        onClosed();
      },
      onInternalError: () => {},
    });
    this.#settings = settings;
    this.#calls = calls;
    this.#share = {
      known: { response: undefined, trailers: undefined },
      messageBytesMax: settings.messageBytesMax,
      trailer: calls.ask,
    };
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

  /** Sends a call, now or when the server allows one more stream. */
  send(path: string, message: Uint8Array, sink: CallSink): void {
    if (!this.isUsable) {
      sink.onFailure(new GrpcError(Status.UNAVAILABLE, 'The connection was lost'));
      return;
    }
    if (this.streams.size >= this.peer.maxConcurrentStreams) {
      this.#queue.push(() => this.send(path, message, sink));
      return;
    }
    this.#lastId += 2;
    const call = new NativeCall(this.#lastId, this, this.#share, sink, this.#settings.clock.now());
    this.streams.set(call.id, call);
    call.open(this.#head(path), message);
  }

  /** Gives up what has been under way for longer than the deadline; the oldest calls come first. */
  giveUpLate(): void {
    const limitMs = this.#settings.clock.now() - this.#calls.timeoutMs;
    for (const call of [...this.streams.values()]) {
      if (call.sentMs > limitMs) return;
      call.breakOff(ErrorCode.cancel, new GrpcError(Status.DEADLINE_EXCEEDED, 'The deadline has passed'));
    }
  }

  /** Opens no more calls; closes when those under way have ended. */
  leave(): void {
    this.#isLeaving = true;
    this.onForgotten();
  }

  #head(path: string): RecurringBlock {
    const known = this.#heads.get(path);
    if (known !== undefined) return known;
    const { timeoutMs, ask } = this.#calls;
    const options: CallOptions = ask === undefined ? { timeoutMs } : { timeoutMs, metadata: [[ask, '1']] };
    const head = new RecurringBlock(requestFields(path, options, this.#settings));
    this.#heads.set(path, head);
    return head;
  }

  protected override readPreface(): number {
    return 0;
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
    else if (this.#queue.length > 0 && this.streams.size < this.peer.maxConcurrentStreams) {
      this.#queue.shift()?.();
    }
  }

  /** The server takes no new streams; those above the last that it names were not looked at (RFC 9113 6.8). */
  protected override onGoaway({ lastStreamId, code, debug }: Goaway): void {
    this.#isLeaving = true;
    const message = `The server is going away (code ${code}) ${debug}`.trim();
    for (const call of [...this.streams.values()]) {
      if (call.id > lastStreamId) call.breakOff(ErrorCode.cancel, new GrpcError(Status.UNAVAILABLE, message));
    }
    for (const start of this.#queue.splice(0)) start();
    this.onForgotten();
  }

  protected override onPingAck(): void {
    // that something came is all that matters
  }
}
