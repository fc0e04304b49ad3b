import { ErrorCode, StreamFault } from '../frames/errors.ts';
import { Stream, type StreamHost } from '../http2/stream.ts';

/** A stream that carries a request. */
export abstract class RequestStream extends Stream {
  readonly #contentLength: number | undefined;
  #contentBytes = 0;

  /** @param contentLength the content-length of the request, if any */
  constructor(id: number, host: StreamHost, contentLength: number | undefined, endStream: boolean) {
    super(id, host, endStream);
    this.#contentLength = contentLength;
  }

  /** The request has ended, with trailers or with its head. */
  abstract onRequestEnd(): void;

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
