import type { Socket } from 'node:net';
import { ConnectionFault, ErrorCode, StreamFault } from '../frames/errors.ts';
import { streamIdMax } from '../frames/frames.ts';
import { Setting } from '../frames/settings.ts';
import { GrpcError, Status } from '../grpc/status.ts';
import type { HeaderField } from '../hpack/field.ts';
import { RecurringBlock } from '../hpack/recurring-block.ts';
import { Ending } from '../http2/closed-streams.ts';
import { Session } from '../http2/session.ts';
import type { Admission } from './admission.ts';
import type { CallContext, DeadlineCall } from './context.ts';
import { HttpErrorStream } from './http-error.ts';
import type { ServerSettings } from './options.ts';
import type { CallHead, HttpError, Request } from './request.ts';
import { ReceivedBytes } from './request-budget.ts';
import type { RequestStream } from './request-stream.ts';
import { responseHead, statusFields } from './response-metadata.ts';
import { ServerCall } from './server-call.ts';

/** When a refused call may be retried, in milliseconds (gRPC A6, "server pushback"). */
const retryAfterMs = 100;
const retryTrailers = new Map([['grpc-retry-pushback-ms', String(retryAfterMs)]]);
const busyFields: readonly HeaderField[] = [
  ...responseHead,
  ...statusFields({
    code: Status.RESOURCE_EXHAUSTED,
    details: 'More calls come than can be served',
    trailers: retryTrailers,
  }),
];

const pingOfDrain = Buffer.from('draining', 'latin1');

/** One connection of a client, whose preface has come. */
export class ServerSession extends Session<ServerCall | HttpErrorStream, Request> {
  readonly #context: CallContext;
  /** The last stream that was processed, and the last that the client has opened. */
  #lastStreamId = 0;
  #lastOpenedId = 0;
  /** Calls whose deadlines have no timer yet: most get their response within their turn. */
  #unarmed: DeadlineCall[] = [];
  #draining: 'no' | 'announced' | 'yes' = 'no';
  readonly #admission: Admission;
  /** The calls that are read now are refused. */
  #isTooLate = false;
  readonly #busy = new RecurringBlock(busyFields);

  constructor(socket: Socket, settings: ServerSettings, onClosed: () => void) {
    super(socket, {
      limits: settings.limits,
      clock: settings.clock,
      interpret: settings.interpret,
      mayPeerPush: true,
      isRecurring,
      onClosed: () => {
        this.#context.received.close();
        onClosed();
      },
      onInternalError: settings.onInternalError,
    });
    const account = settings.requests.open(() => this.contain(() => this.#refuseHeld()));
    this.#context = {
      peer: `${socket.remoteAddress ?? ''}:${socket.remotePort ?? ''}`,
      clock: settings.clock,
      messageBytesMax: settings.messageBytesMax,
      received: new ReceivedBytes(settings.limits.bufferedBytes, account),
      toStatus: settings.toStatus,
      abortReason: settings.abortReason,
      head: new RecurringBlock(responseHead),
      okTrailers: new RecurringBlock(statusFields({ code: Status.OK, details: '' })),
      watchDeadline: (call) => this.#watchDeadline(call),
      after: (ms, task) => settings.clock.after(ms, () => this.contain(task)),
      kill: (error) => this.kill(error),
    };
    this.#admission = settings.admission;
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
    return streamId > this.#lastOpenedId || streamId % 2 === 0;
  }

  protected override onHeaders(streamId: number, request: Request, endStream: boolean): void {
    const open = this.streams.get(streamId);
    if (open !== undefined) {
      this.#onTrailers(open, request, endStream);
      return;
    }
    if (streamId % 2 === 0)
      throw new ConnectionFault(ErrorCode.protocolError, 'A client opens an even stream');
    this.#lastOpenedId = streamId;
    // After the last GOAWAY new streams are ignored, their header blocks decoded (RFC 9113 6.8).
    if (this.#draining === 'yes') {
      this.spendUnserved();
      this.closed.add(streamId, Ending.ignored);
      return;
    }
    this.#lastStreamId = streamId;
    switch (request.kind) {
      case 'malformed':
        throw new StreamFault(streamId, ErrorCode.protocolError, request.message);
      case 'trailers':
        throw new StreamFault(streamId, ErrorCode.protocolError, 'A request without pseudo-fields');
      case 'refused':
        this.spendUnserved();
        this.#refuseWith(streamId, request.block, endStream);
        return;
      case 'not gRPC':
        this.spendUnserved();
        this.#respondOverHttp(streamId, request, endStream);
        return;
      case 'call':
        this.#open(streamId, request, endStream);
        return;
    }
  }

  protected override onFloodAfterEnd(): void {
    // The client may still read our GOAWAY. The next check closes the connection.
    this.socket.pause();
  }

  protected override onReading(waitedMs: number): boolean {
    this.#isTooLate = this.#admission.isTooLate(waitedMs);
    return this.#isTooLate;
  }

  #open(streamId: number, head: CallHead, endStream: boolean): void {
    if (this.#isFull(streamId)) return;
    if (this.#isTooLate && !this.#admission.isExempt(head.route.path)) {
      this.#refuseWith(streamId, this.#busy, endStream);
      return;
    }
    const call = new ServerCall(streamId, this, this.#context, head, endStream);
    this.streams.add(call);
    call.start();
  }

  #respondOverHttp(streamId: number, request: HttpError, endStream: boolean): void {
    if (this.#isFull(streamId)) return;
    const stream = new HttpErrorStream(streamId, this, request, endStream);
    this.streams.add(stream);
    if (endStream) stream.onRequestEnd();
  }

  /** Refuses a stream beyond those that we announced (RFC 9113 5.1.2). Returns whether it did. */
  #isFull(streamId: number): boolean {
    if (this.streams.size < this.limits.concurrentStreams) return false;
    // Until then the client may not know the limit.
    if (this.isSettled) this.spendUnserved();
    this.refuse(streamId, ErrorCode.refusedStream);
    return true;
  }

  /** Ends the requests that hold bytes: the process holds too many, and this connection the most. */
  #refuseHeld(): void {
    const details = 'The server holds too many bytes of requests that are not handled';
    const refusal = new GrpcError(Status.RESOURCE_EXHAUSTED, details, retryTrailers);
    for (const stream of this.streams.values()) if (stream.heldBytes > 0) stream.fail(refusal);
  }

  /** The header list after the content (RFC 9113 8.1): it ends the request, and is not read. */
  #onTrailers(call: RequestStream, request: Request, endStream: boolean): void {
    if (request.kind !== 'trailers' || !endStream) {
      throw new StreamFault(call.id, ErrorCode.protocolError, 'Expected trailers that end the stream');
    }
    call.remoteClosed = true;
    call.onRequestEnd();
  }

  /** Responds without a call. The rest of the request is not needed (RFC 9113 8.1). */
  #refuseWith(streamId: number, block: RecurringBlock, endStream: boolean): void {
    this.writer.headers(streamId, block.encode(this.encoder), true, this.peer.maxFrameSize);
    if (!endStream) {
      this.refuse(streamId, ErrorCode.noError);
      return;
    }
    this.closed.add(streamId, Ending.complete);
    this.scheduleFlush();
  }

  #watchDeadline(call: DeadlineCall): void {
    if (this.#unarmed.push(call) === 1) this.scheduleFlush();
  }

  protected override endTurn(): void {
    if (this.#unarmed.length > 0) {
      for (const call of this.#unarmed) call.armDeadline();
      this.#unarmed = [];
    }
    super.endTurn();
  }

  /** Announces the end, and accepts the calls that are on their way (RFC 9113 6.8). */
  drain(): void {
    if (this.#draining !== 'no' || !this.isOpen) return;
    this.#draining = 'announced';
    this.writer.goaway(streamIdMax, ErrorCode.noError, '');
    this.ping(pingOfDrain);
  }

  /** One round trip later the client has seen the GOAWAY: no new call is accepted. */
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

  ping(payload: Buffer): void {
    this.writer.ping(payload, false);
    this.scheduleFlush();
  }

  protected override onPingAck(payload: Buffer): void {
    if (this.#draining === 'announced' && payload.equals(pingOfDrain)) this.#refuseNew();
  }

  protected override onGoaway(): void {
    // The client opens no more streams. It closes when it has its responses.
  }
}

/**
 * The fields that responses repeat: content-type, the status OK, and the refusal of an overload.
 */
function isRecurring({ name, value }: HeaderField): boolean {
  return (
    name === 'content-type' ||
    (name === 'grpc-status' && value === '0') ||
    busyFields.some((field) => field.name === name && field.value === value)
  );
}
