import { ErrorCode } from '../frames/errors.ts';
import type { StreamHost } from '../http2/stream.ts';
import type { HttpError } from './request.ts';
import { RequestStream } from './request-stream.ts';

const noPrefix = new Uint8Array(0);

/**
 * Responds to a request that is not gRPC: reads all of it, as HTTP clients expect, and explains.
 */
export class HttpErrorStream extends RequestStream {
  readonly #request: HttpError;

  constructor(id: number, host: StreamHost, request: HttpError, endStream: boolean) {
    super(id, host, request.contentLength, endStream);
    this.#request = request;
  }

  override get isServed(): boolean {
    return false;
  }

  override onData(_bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.countContent(end - start);
    if (endStream) this.onRequestEnd();
    else this.giveBack(end - start);
  }

  override onRequestEnd(): void {
    this.assertContentLength();
    this.sendHeaders(this.#request.head, false);
    this.sendData(noPrefix, this.#request.text, true);
  }

  override onBroken(): void {}

  override onStalled(): void {
    this.fail();
  }

  override fail(): void {
    this.reset(ErrorCode.cancel);
  }

  protected override onSent(): void {}
}
