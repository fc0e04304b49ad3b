import { ErrorCode, StreamFault } from '../frames/errors.ts';
import { Stream } from '../http2/stream.ts';
import type { StreamHost } from '../http2/stream-host.ts';

/** A stream that carries a request. */
export abstract class RequestStream extends Stream {
  readonly #contentLength: number | undefined;
  #contentBytes = 0;

  /** @param contentLength what the request says of itself, if anything */
  constructor(id: number, host: StreamHost, contentLength: number | undefined, endStream: boolean) {
    super(id, host, endStream);
    this.#contentLength = contentLength;
  }

  /** Nothing more comes from the caller, who has sent trailers or nothing but a head. */
  abstract onRequestEnd(): void;

  protected countContent(bytes: number): void {
    this.#contentBytes += bytes;
  }

  /** @throws StreamFault PROTOCOL_ERROR if content-length told otherwise (RFC 9113 8.1.1) */
  protected assertContentLength(): void {
    if (this.#contentLength === undefined || this.#contentLength === this.#contentBytes) return;
    throw new StreamFault(
      this.id,
      ErrorCode.protocolError,
      'The content is not as long as content-length says',
    );
  }

  protected override onClosedFirst(): void {
    // The rest of the request is of no use: the peer may stop sending it (RFC 9113 8.1).
    this.reset(ErrorCode.noError);
  }
}
