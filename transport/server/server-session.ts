import type { Socket } from 'node:net';
import { ConnectionFault, ErrorCode, StreamFault } from '../frames/errors.ts';
import { streamIdMax } from '../frames/frames.ts';
import { Setting } from '../frames/settings.ts';
import { Status } from '../grpc/status.ts';
import type { HeaderField } from '../hpack/field.ts';
import { RecurringBlock } from '../hpack/recurring-block.ts';
import { Ending } from '../http2/closed-streams.ts';
import { Session } from '../http2/session.ts';
import type { Gate } from './admission.ts';
import type { CallContext } from './context.ts';
import { Refusal } from './http-error.ts';
import type { ServerSettings } from './options.ts';
import { type CallHead, type HttpRefusal, type Request, responseHead, statusFields } from './request.ts';
import type { RequestStream } from './request-stream.ts';
import { ServerCall } from './server-call.ts';

/** What a call is told that came too late; it says when to try again (gRPC A6, "server pushback"). */
const retryAfterMs = 100;
const busyFields: readonly HeaderField[] = [
  ...responseHead,
  ...statusFields({
    code: Status.RESOURCE_EXHAUSTED,
    details: 'More calls come than can be served',
    trailers: [['grpc-retry-pushback-ms', String(retryAfterMs)]],
  }),
];

const pingOfDrain = Buffer.from('draining', 'latin1');

/** One connection of a client, which has said its preface. */
export class ServerSession extends Session<ServerCall | Refusal, Request> {
  readonly #context: CallContext;
  #lastStreamId = 0;
  /** Calls whose deadlines need no timer yet: most are answered within their turn. */
  #unarmed: ServerCall[] = [];
  #draining: 'no' | 'announced' | 'yes' = 'no';
  #onPingAck: (() => void) | undefined;
  readonly #gate: Gate;
  /** What is read now came too late to be served. */
  #isTooLate = false;
  readonly #busy = new RecurringBlock(busyFields);

  constructor(socket: Socket, settings: ServerSettings, onClosed: () => void) {
    super(socket, {
      limits: settings.limits,
      clock: settings.clock,
      interpret: settings.interpret,
      mayPeerPush: true,
      isRecurring,
      onClosed,
      onInternalError: settings.onInternalError,
    });
    this.#context = {
      peer: `${socket.remoteAddress ?? ''}:${socket.remotePort ?? ''}`,
      clock: settings.clock,
      messageBytesMax: settings.messageBytesMax,
      toStatus: settings.toStatus,
      abortReason: settings.abortReason,
      head: new RecurringBlock(responseHead),
      okTrailers: new RecurringBlock(statusFields({ code: Status.OK, details: '' })),
      watchDeadline: (call) => this.#watchDeadline(call),
      after: (ms, task) => settings.clock.after(ms, () => this.contain(task)),
      kill: (error) => this.kill(error),
    };
    this.#gate = settings.gate;
    const { limits } = settings;
    this.announce([
      [Setting.maxConcurrentStreams, limits.concurrentStreams],
      [Setting.maxHeaderListSize, limits.headerListBytes],
      [Setting.headerTableSize, limits.headerTableBytes],
      [Setting.initialWindowSize, limits.streamWindowBytes],
    ]);
  }

  protected override get lastPeerStreamId(): number {
    return this.#lastStreamId;
  }

  protected override isIdle(streamId: number): boolean {
    return streamId > this.#lastStreamId || streamId % 2 === 0;
  }

  protected override onHeaders(streamId: number, request: Request, endStream: boolean): void {
    const open = this.streams.get(streamId);
    if (open !== undefined) {
      this.#onTrailers(open, request, endStream);
      return;
    }
    if (streamId % 2 === 0)
      throw new ConnectionFault(ErrorCode.protocolError, 'A client opens an even stream');
    // After the last GOAWAY new streams are ignored, their header blocks decoded (RFC 9113 6.8).
    if (this.#draining === 'yes') return;
    this.#lastStreamId = streamId;
    switch (request.kind) {
      case 'malformed':
        throw new StreamFault(streamId, ErrorCode.protocolError, request.message);
      case 'trailers':
        throw new StreamFault(streamId, ErrorCode.protocolError, 'A request without pseudo-fields');
      case 'refused':
        this.#refuseWith(streamId, this.encoder.encode(request.fields), endStream);
        return;
      case 'not gRPC':
        this.#refuseOverHttp(streamId, request, endStream);
        return;
      case 'call':
        this.#open(streamId, request, endStream);
        return;
    }
  }

  protected override onFloodAfterEnd(): void {
    // The client may still read our GOAWAY; at the next look at the connections it is cut off.
    this.socket.pause();
  }

  protected override onReading(waitedMs: number): boolean {
    this.#isTooLate = this.#gate.isTooLate(waitedMs);
    return this.#isTooLate;
  }

  #open(streamId: number, head: CallHead, endStream: boolean): void {
    if (this.#isFull(streamId)) return;
    if (this.#isTooLate && !this.#gate.spares(head.route.path)) {
      this.#refuseWith(streamId, this.#busy.encode(this.encoder), endStream);
      return;
    }
    const call = new ServerCall(streamId, this, this.#context, head, endStream);
    this.streams.add(call);
    call.start();
  }

  #refuseOverHttp(streamId: number, request: HttpRefusal, endStream: boolean): void {
    if (this.#isFull(streamId)) return;
    const refusal = new Refusal(streamId, this, request, endStream);
    this.streams.add(refusal);
    if (endStream) refusal.onRequestEnd();
  }

  /** Whether the client has all the streams that we announced, and this one is refused (RFC 9113 5.1.2). */
  #isFull(streamId: number): boolean {
    if (this.streams.size < this.limits.concurrentStreams) return false;
    this.refuse(streamId, ErrorCode.refusedStream);
    return true;
  }

  /** The header list after the content (RFC 9113 8.1): it ends the request, and says nothing that we need. */
  #onTrailers(call: RequestStream, request: Request, endStream: boolean): void {
    if (request.kind !== 'trailers' || !endStream) {
      throw new StreamFault(call.id, ErrorCode.protocolError, 'Expected trailers that end the stream');
    }
    call.remoteClosed = true;
    call.onRequestEnd();
  }

  /** Answers without a call; the rest of the request is of no use (RFC 9113 8.1). */
  #refuseWith(streamId: number, block: Uint8Array, endStream: boolean): void {
    this.writer.headers(streamId, block, true, this.peer.maxFrameSize);
    if (!endStream) {
      this.refuse(streamId, ErrorCode.noError);
      return;
    }
    this.closed.add(streamId, Ending.complete);
    this.scheduleFlush();
  }

  #watchDeadline(call: ServerCall): void {
    if (this.#unarmed.push(call) === 1) this.scheduleFlush();
  }

  protected override endTurn(): void {
    if (this.#unarmed.length > 0) {
      for (const call of this.#unarmed) call.armDeadline();
      this.#unarmed = [];
    }
    super.endTurn();
  }

  /** Announces the end and takes the calls that are under way to the client; then no more (RFC 9113 6.8). */
  drain(): void {
    if (this.#draining !== 'no' || !this.isOpen) return;
    this.#draining = 'announced';
    this.writer.goaway(streamIdMax, ErrorCode.noError, '');
    this.ping(pingOfDrain, () => this.#refuseNew());
    this.scheduleFlush();
  }

  /** One round trip later no new call can be on its way unwarned. */
  #refuseNew(): void {
    if (!this.isOpen) return;
    this.#draining = 'yes';
    this.writer.goaway(this.#lastStreamId, ErrorCode.noError, '');
    this.scheduleFlush();
    this.onForgotten();
  }

  protected override onForgotten(): void {
    if (this.#draining === 'yes' && this.streams.size === 0) this.finish();
  }

  /** Asks for a sign of life; `onAck` is called at the answer. */
  ping(payload: Buffer, onAck: () => void): void {
    this.#onPingAck = onAck;
    this.writer.ping(payload, false);
    this.scheduleFlush();
  }

  protected override onPingAck(): void {
    this.#onPingAck?.();
    this.#onPingAck = undefined;
  }

  protected override onGoaway(): void {
    // The client will open no more streams; the calls under way go on, and it closes when it has its answers.
  }
}

/** What answers repeat: the type of their content, that all is well, and that too many calls come. */
function isRecurring({ name, value }: HeaderField): boolean {
  return (
    name === 'content-type' ||
    (name === 'grpc-status' && value === '0') ||
    busyFields.some((field) => field.name === name && field.value === value)
  );
}
