import type { Socket } from 'node:net';
import { GrpcError, Status } from '../grpc/status.ts';
import type { HeaderField } from '../hpack/field.ts';
import { type Block, RecurringBlock } from '../http2/block.ts';
import type { Goaway } from '../http2/control-frames.ts';
import { ConnectionFault, ErrorCode, StreamFault } from '../http2/errors.ts';
import { clientPreface, streamIdMax } from '../http2/frames.ts';
import { type ResponseHead, readResponseHead } from '../http2/response-head.ts';
import { Session } from '../http2/session.ts';
import { Setting } from '../http2/settings.ts';
import { ClientCall } from './client-call.ts';
import type { CallOptions, ClientSettings } from './options.ts';
import { requestFields } from './request-fields.ts';
import type { ResponseSink } from './response-sink.ts';

const keepalivePing = Buffer.from('alive???', 'latin1');

/** As many kinds of heads are kept encoded; a client that varies its timeouts has more, and gains nothing. */
const blocksMax = 64;

/** What belongs to the beginning of a call. */
export interface Beginning {
  readonly options: CallOptions;
  /** Makes what the responses go to, which says by `onTaken` when it has been emptied. */
  readonly createSink: (onTaken: () => void) => ResponseSink;
  /** False once the call has failed while it waited. */
  readonly isWanted: () => boolean;
  readonly onOpen: (call: ClientCall) => void;
  /** The connection takes no more calls. */
  readonly onLate: () => void;
}

/** One connection to a server. */
export class ClientSession extends Session<ClientCall, ResponseHead> {
  readonly #settings: ClientSettings;
  readonly #blocks = new Map<string, RecurringBlock>();
  /** Calls that wait because the server allows no more streams. */
  readonly #queue: (() => void)[] = [];
  #lastId = -1;
  #isLeaving = false;
  #stopKeepalive: (() => void) | undefined;
  #silentChecks = 0;

  constructor(socket: Socket, settings: ClientSettings, onClosed: () => void) {
    super(socket, {
      limits: settings.limits,
      clock: settings.clock,
      interpret: readResponseHead,
      mayPeerPush: false,
      isRecurring,
      onClosed: () => {
        this.#stopKeepalive?.();
        for (const start of this.#queue.splice(0)) start();
        onClosed();
      },
      onInternalError: () => {},
    });
    this.#settings = settings;
    this.writer.preface(clientPreface);
    this.announce([
      [Setting.enablePush, 0],
      [Setting.maxHeaderListSize, settings.limits.headerListBytes],
      [Setting.headerTableSize, settings.limits.headerTableBytes],
      [Setting.initialWindowSize, settings.limits.streamWindowBytes],
    ]);
    this.#keepAlive();
  }

  /** Whether new calls may begin here. */
  get isUsable(): boolean {
    return this.isOpen && !this.#isLeaving && this.#lastId < streamIdMax - 2;
  }

  /**
   * Begins a call, now or when the server allows one more stream.
   * @throws TypeError for metadata that cannot be sent
   */
  begin(path: string, beginning: Beginning): void {
    this.#open(this.#head(path, beginning.options), beginning);
  }

  #open(head: Block, beginning: Beginning): void {
    if (!beginning.isWanted()) return;
    if (this.isUsable && this.streams.size >= this.peer.maxConcurrentStreams) {
      this.#queue.push(() => this.#open(head, beginning));
      return;
    }
    if (!this.isUsable) {
      beginning.onLate();
      return;
    }
    this.#lastId += 2;
    const { options, createSink, onOpen } = beginning;
    const call = new ClientCall(this.#lastId, this, options, this.#settings.messageBytesMax, createSink);
    this.streams.set(call.id, call);
    call.open(head);
    onOpen(call);
  }

  #head(path: string, options: CallOptions): Block {
    if (options.metadata !== undefined) return requestFields(path, options, this.#settings);
    const key = `${options.timeoutMs ?? ''}${path}`;
    const known = this.#blocks.get(key);
    if (known !== undefined) return known;
    const block = new RecurringBlock(requestFields(path, options, this.#settings));
    if (this.#blocks.size < blocksMax) this.#blocks.set(key, block);
    return block;
  }

  /** Opens no more calls; closes when those under way have ended. */
  leave(): void {
    this.#isLeaving = true;
    this.onForgotten();
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
    while (this.#queue.length > 0 && this.streams.size < this.peer.maxConcurrentStreams)
      this.#queue.shift()?.();
  }

  /** The server takes no new streams; those above the last that it names were not looked at (RFC 9113 6.8). */
  protected override onGoaway({ lastStreamId, code, debug }: Goaway): void {
    this.#isLeaving = true;
    const reason = new GrpcError(
      Status.UNAVAILABLE,
      `The server is going away (code ${code}) ${debug}`.trim(),
    );
    for (const call of [...this.streams.values()]) {
      if (call.id > lastStreamId) call.breakOff(ErrorCode.cancel, reason);
    }
    for (const start of this.#queue.splice(0)) start();
    this.onForgotten();
  }

  protected override onPingAck(): void {
    // That something came is all that matters.
  }

  /** Asks a silent server for a sign of life while calls wait for it, and gives it up without an answer. */
  #keepAlive(): void {
    const { clock, keepaliveMs, keepaliveTimeoutMs } = this.#settings;
    if (keepaliveMs === Number.POSITIVE_INFINITY) return;
    const stop = clock.every(Math.min(keepaliveMs, keepaliveTimeoutMs), () => this.#checkLife());
    this.#stopKeepalive = stop;
  }

  #checkLife(): void {
    const { keepaliveMs, keepaliveTimeoutMs } = this.#settings;
    const period = Math.min(keepaliveMs, keepaliveTimeoutMs);
    this.#silentChecks = this.hasReceived || this.streams.size === 0 ? 0 : this.#silentChecks + 1;
    this.hasReceived = false;
    const silentMs = this.#silentChecks * period;
    if (silentMs >= keepaliveMs + keepaliveTimeoutMs) {
      this.destroy();
    } else if (silentMs >= keepaliveMs && silentMs - period < keepaliveMs) {
      this.writer.ping(keepalivePing, false);
      this.scheduleFlush();
    }
  }
}

/** What requests repeat; timeouts and metadata vary. */
const recurring = new Set([
  ':authority',
  ':path',
  'te',
  'content-type',
  'user-agent',
  'grpc-accept-encoding',
]);
function isRecurring({ name }: HeaderField): boolean {
  return recurring.has(name);
}
