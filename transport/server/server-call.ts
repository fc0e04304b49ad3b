import { ErrorCode } from '../frames/errors.ts';
import { isWholeMessage, messagePrefix, prefixBytes } from '../grpc/message-reader.ts';
import { lookUp } from '../grpc/metadata.ts';
import { GrpcError, Status } from '../grpc/status.ts';
import type { StreamHost } from '../http2/stream.ts';
import type { CallContext } from './context.ts';
import { type AbortCause, LazySignal } from './lazy-signal.ts';
import type { CallHead } from './request.ts';
import { RequestBody } from './request-body.ts';
import { RequestStream } from './request-stream.ts';
import { ResponseMetadata, responseHead, statusFields } from './response-metadata.ts';
import type { Answerable } from './routes.ts';

/** Messages that a stream may send in one turn: about a millisecond of work. Then others follow. */
const burstMax = 64;

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** One call: takes the messages of its stream to the route, and the response back. */
export class ServerCall extends RequestStream implements Answerable {
  readonly #context: CallContext;
  readonly #head: CallHead;
  readonly #deadlineAt: number;
  #abort: LazySignal | undefined;
  #responseMetadata: ResponseMetadata | undefined;
  #hasSentHead = false;
  /** The status is on its way, or the caller has left. */
  #isOver = false;
  #waiter: Waiter | undefined;
  #sentMessages = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(id: number, host: StreamHost, context: CallContext, head: CallHead, endStream: boolean) {
    super(id, host, head.contentLength, endStream);
    this.#context = context;
    this.#head = head;
    this.#deadlineAt = head.timeoutMs === undefined ? Infinity : context.clock.now() + head.timeoutMs;
  }

  get signal(): AbortSignal {
    this.#abort ??= new LazySignal();
    return this.#abort.signal;
  }

  get timeLeftMs(): number {
    if (this.#deadlineAt === Infinity) return Infinity;
    return Math.max(0, this.#deadlineAt - this.#context.clock.now());
  }

  get peer(): string {
    return this.#context.peer;
  }

  metadata(name: string): string | undefined {
    return lookUp(this.#head.fields, name.toLowerCase());
  }

  setHeader(name: string, value: string | Uint8Array): void {
    this.#responseMetadata ??= new ResponseMetadata();
    this.#responseMetadata.addHeader(name, value);
  }

  setTrailer(name: string, value: string | Uint8Array): void {
    this.#responseMetadata ??= new ResponseMetadata();
    this.#responseMetadata.addTrailer(name, value);
  }

  /** Called once, when the stream is in the connection's table. */
  start(): void {
    const { route, timeoutMs } = this.#head;
    if (timeoutMs !== undefined) {
      if (timeoutMs <= 0) {
        this.onDeadline();
        return;
      }
      this.#context.watchDeadline(this);
    }
    if (route.takes === 'many') {
      const { queue } = this.#openBody();
      if (queue !== undefined) this.#attempt(() => route.run(queue, this));
    }
    if (this.remoteClosed) this.onRequestEnd();
  }

  override onData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.countContent(end - start);
    if (this.#isOver) return;
    const isOne = endStream && this.body === undefined && this.#head.route.takes === 'one';
    if (isOne && isWholeMessage(bytes, start, end, this.#context.messageBytesMax)) {
      this.assertContentLength();
      this.onRequest(bytes.subarray(start + prefixBytes, end));
      return;
    }
    this.#attempt(() => this.#openBody().take(bytes, start, end));
    if (endStream) this.onRequestEnd();
  }

  override onRequestEnd(): void {
    this.assertContentLength();
    if (this.#isOver) return;
    this.#attempt(() => this.#openBody().end());
  }

  /** Called with the one request of a call that takes one. */
  onRequest(message: Buffer): void {
    const { route } = this.#head;
    try {
      if (route.takes === 'one') route.run(message, this);
    } catch (error) {
      this.fail(error);
    }
  }

  #openBody(): RequestBody {
    this.body ??= new RequestBody(this, this.#head.route.takes, this.#context, this.#head.encoding);
    return this.body;
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.fail(error);
    }
  }

  reply(message: Uint8Array): void {
    if (this.#isOver) return;
    try {
      this.#sendHead();
      this.sendData(messagePrefix(message.length), message);
      this.#sendStatus(undefined);
    } catch (error) {
      this.#context.kill(error);
    }
  }

  send(message: Uint8Array): Promise<void> | undefined {
    if (this.#isOver) throw this.#abort?.reason;
    this.#sendHead();
    const isOut = this.sendData(messagePrefix(message.length), message);
    this.#sentMessages++;
    if (isOut && !this.host.sender.isCongested && this.#sentMessages % burstMax !== 0) return undefined;
    if (isOut) this.#awaitTurn();
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  /** `onSent` follows when the turn has ended and the socket has taken what waits for it. */
  #awaitTurn(): void {
    this.host.sender.enqueue(this);
    this.host.schedulePump();
  }

  protected override onSent(): void {
    this.#waiter?.resolve();
    this.#waiter = undefined;
  }

  finish(): void {
    if (this.#isOver) return;
    this.#sendHead();
    this.#sendStatus(undefined);
  }

  override fail(error: unknown): void {
    if (this.#isOver) return;
    try {
      this.#sendStatus(this.#context.toStatus(error));
    } catch (fault) {
      this.#context.kill(fault);
    }
  }

  #sendHead(): void {
    if (this.#hasSentHead) return;
    this.#hasSentHead = true;
    const headers = this.#responseMetadata?.headers;
    const isUsual = headers === undefined || headers.length === 0;
    this.sendHeaders(isUsual ? this.#context.head : [...responseHead, ...headers], false);
  }

  #sendStatus(status: ReturnType<CallContext['toStatus']> | undefined): void {
    this.#settle(this.#abort?.reason);
    const trailers = this.#responseMetadata?.trailers ?? [];
    if (status === undefined && trailers.length === 0) {
      this.sendLast(this.#context.okTrailers);
      return;
    }
    const fields = [...statusFields(status ?? { code: Status.OK, details: '' }), ...trailers];
    if (this.#hasSentHead) {
      this.sendLast(fields);
      return;
    }
    this.#hasSentHead = true;
    this.sendLast([...responseHead, ...(this.#responseMetadata?.headers ?? []), ...fields]);
  }

  /** The deadline has passed: sends the status if nothing waits before it, and aborts. */
  onDeadline(): void {
    if (this.#isOver) return;
    const reason = this.#abortWith('deadline');
    if (this.sendBuffer === undefined)
      this.fail(new GrpcError(Status.DEADLINE_EXCEEDED, 'The deadline has passed'));
    else this.reset(ErrorCode.cancel);
    this.#settle(reason);
  }

  /** The caller takes nothing of what it asked for. */
  onStalled(): void {
    this.reset(ErrorCode.cancel);
    this.#settle(this.#abortWith('stalled'));
  }

  override onBroken(): void {
    this.#settle(this.#abortWith('cancelled'));
  }

  /** Starts the deadline's timer. Called only for calls without a response within their turn. */
  armDeadline(): void {
    if (this.#isOver) return;
    this.#cancelTimer = this.#context.after(this.timeLeftMs, () => this.onDeadline());
  }

  #abortWith(cause: AbortCause): unknown {
    this.#abort ??= new LazySignal();
    this.#abort.abort(this.#context.abortReason(cause));
    return this.#abort.reason;
  }

  /** Releases what the call holds. */
  #settle(reason: unknown): void {
    this.#isOver = true;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.body?.drop(reason ?? new GrpcError(Status.CANCELLED, 'The call is over'));
    this.#waiter?.reject(reason);
    this.#waiter = undefined;
  }
}
