import { ErrorCode, StreamFault } from '../frames/errors.ts';
import { Stream, type StreamHost } from '../http2/stream.ts';
import type { Times } from './options.ts';
import type { RequestBody } from './request-body.ts';

/** A stream that carries a request. */
export abstract class RequestStream extends Stream {
  readonly #contentLength: number | undefined;
  /** Undefined while nothing has come that must be kept. */
  protected body: RequestBody | undefined;
  #contentBytes = 0;
  /** The message that the last check found incomplete: its number, when, and the content before it. */
  #awaited: { readonly message: number; readonly since: number; readonly before: number } | undefined;

  /** @param contentLength the content-length of the request, if any */
  constructor(id: number, host: StreamHost, contentLength: number | undefined, endStream: boolean) {
    super(id, host, endStream);
    this.#contentLength = contentLength;
  }

  /** The request has ended, with trailers or with its head. */
  abstract onRequestEnd(): void;

  /** Ends the call, and nothing else, with the status of `error`. */
  abstract fail(error: unknown): void;

  /** Memory of the request that no handler has taken. */
  get heldBytes(): number {
    return this.body?.heldBytes ?? 0;
  }

  /** Whether a handler has what it works on: the request, or the first message of several. */
  get hasRequest(): boolean {
    return this.remoteClosed || (this.body?.queue !== undefined && this.body.messages > 0);
  }

  /**
   * Whether the request, or a message of several, takes longer than `requestMs` and than a fair
   * rate allows. Called at intervals.
   */
  isOverdue(now: number, { requestMs, requestBytesPerSecond }: Times): boolean {
    const message = this.body?.messages ?? 0;
    const isAwaited = !this.remoteClosed && (!this.hasRequest || this.body?.isInMessage === true);
    if (!isAwaited) this.#awaited = undefined;
    else if (this.#awaited?.message !== message)
      this.#awaited = { message, since: now, before: this.#contentBytes };
    if (this.#awaited === undefined) return false;
    const { since, before } = this.#awaited;
    return now - since >= requestMs + (1_000 * (this.#contentBytes - before)) / requestBytesPerSecond;
  }

  protected countContent(bytes: number): void {
    this.#contentBytes += bytes;
  }

  /** @throws StreamFault PROTOCOL_ERROR if content-length was another (RFC 9113 8.1.1) */
  protected assertContentLength(): void {
    if (this.#contentLength === undefined || this.#contentLength === this.#contentBytes) return;
    throw new StreamFault(
      this.id,
      ErrorCode.protocolError,
      'The content is not as long as content-length says',
    );
  }

  protected override onClosedFirst(): void {
    // The rest of the request is not needed: the peer may stop sending it (RFC 9113 8.1).
    this.reset(ErrorCode.noError);
  }
}
