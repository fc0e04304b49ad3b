import { ErrorCode } from '../frames/errors.ts';
import { parseEncoding } from '../grpc/compression.ts';
import { MessageReader, messagePrefix } from '../grpc/message-reader.ts';
import { lookUp, toMap } from '../grpc/metadata.ts';
import { GrpcError, Status } from '../grpc/status.ts';
import type { HeaderField } from '../hpack/field.ts';
import type { Block } from '../hpack/recurring-block.ts';
import type { ResponseHead } from '../http2/response-head.ts';
import { Stream, type StreamHost } from '../http2/stream.ts';
import type { CallOptions } from './options.ts';
import { errorOfReset, errorOfTrailers, faultOfHead } from './response.ts';
import type { ResponseSink } from './response-sink.ts';

/**
 * One call of a client: sends its requests, and takes the messages and the status that come back.
 */
export class ClientCall extends Stream {
  readonly #sink: ResponseSink;
  readonly #options: CallOptions;
  readonly #messageBytesMax: number;
  #reader: MessageReader | undefined;
  #owedBytes = 0;
  #wake: (() => void) | undefined;
  #isOver = false;
  /** Called once, when the call is over. */
  onOver: () => void = () => {};

  constructor(
    id: number,
    host: StreamHost,
    options: CallOptions,
    messageBytesMax: number,
    createSink: (onTaken: () => void) => ResponseSink,
  ) {
    super(id, host, false);
    this.#options = options;
    this.#messageBytesMax = messageBytesMax;
    this.#sink = createSink(() => this.#giveBackOwed());
  }

  open(head: Block): void {
    this.sendHeaders(head, false);
  }

  /** Sends a message, the last if `isLast`. Resolves when it is on its way, or the call is over. */
  send(message: Uint8Array, isLast: boolean): Promise<void> | undefined {
    if (this.#isOver || this.localClosed) return undefined;
    const isOut = this.sendData(messagePrefix(message.length), message, isLast);
    if (isOut || isLast) return undefined;
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** No more messages will be sent. */
  endOfRequests(): void {
    if (!this.#isOver && !this.localClosed) this.endOfData();
  }

  /** A header list has come: the head of the response, or its trailers. */
  onHead(head: ResponseHead, endStream: boolean): void {
    if (endStream) this.remoteClosed = true;
    switch (head.kind) {
      case 'malformed':
        this.breakOff(ErrorCode.protocolError, new GrpcError(Status.INTERNAL, head.message));
        return;
      case 'too large':
        this.breakOff(
          ErrorCode.cancel,
          new GrpcError(Status.RESOURCE_EXHAUSTED, 'The metadata is too large'),
        );
        return;
      case 'trailers':
        this.#onTrailers(head.fields, endStream);
        return;
      case 'response':
        this.#onResponse(head, endStream);
    }
  }

  #onResponse(head: ResponseHead & { kind: 'response' }, endStream: boolean): void {
    // Informational responses mean nothing to gRPC (RFC 9110 15.2).
    if (head.status.startsWith('1') && !endStream) return;
    const fault = faultOfHead(head.status, head.fields);
    if (fault !== undefined) {
      this.breakOff(ErrorCode.cancel, fault);
      return;
    }
    if (endStream) {
      this.#onTrailers(head.fields, true);
      return;
    }
    const encoding = parseEncoding(lookUp(head.fields, 'grpc-encoding'));
    this.#reader = new MessageReader(this.#messageBytesMax, encoding);
    this.#options.onHeaders?.(toMap(head.fields));
  }

  #onTrailers(fields: readonly HeaderField[], endStream: boolean): void {
    if (!endStream) {
      this.breakOff(
        ErrorCode.protocolError,
        new GrpcError(Status.INTERNAL, 'Trailers do not end the response'),
      );
      return;
    }
    this.#options.onTrailers?.(toMap(fields));
    const isCut = (this.#reader?.heldBytes ?? 0) > 0;
    const error = errorOfTrailers(fields) ?? (isCut ? incomplete() : undefined);
    this.#finish(error);
    // The server is done, and does not need what we have not sent.
    if (this.localClosed) this.host.completeStream(this);
    else this.reset(ErrorCode.noError);
  }

  override onData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.#owedBytes += end - start;
    if (this.#reader === undefined) {
      this.breakOff(ErrorCode.protocolError, new GrpcError(Status.INTERNAL, 'Content comes before its head'));
      return;
    }
    try {
      this.#reader.read(bytes, start, end, (message) => this.#sink.put(message));
    } catch (error) {
      this.breakOff(ErrorCode.cancel, error);
      return;
    }
    if (this.#sink.isEmpty) this.#giveBackOwed();
    if (endStream) this.onHead({ kind: 'trailers', fields: [] }, true);
  }

  #giveBackOwed(): void {
    if (!this.#sink.isEmpty) return;
    this.giveBack(this.#owedBytes);
    this.#owedBytes = 0;
  }

  /** Ends the call from our side. */
  breakOff(code: ErrorCode, error: unknown): void {
    if (this.#isOver) return;
    this.#finish(error);
    this.reset(code);
  }

  override onBroken(code: ErrorCode): void {
    this.#finish(errorOfReset(code));
  }

  override onLost(): void {
    this.#finish(new GrpcError(Status.UNAVAILABLE, 'The connection was lost'));
  }

  override onStalled(): void {
    this.breakOff(ErrorCode.cancel, new GrpcError(Status.UNAVAILABLE, 'The server takes nothing'));
  }

  protected override onSent(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  protected override onClosedFirst(): void {
    // The usual course: the request is out, and the response is to come.
  }

  #finish(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (error === undefined) this.#sink.end();
    else this.#sink.fail(error, false);
    this.onSent();
    this.onOver();
  }
}

function incomplete(): GrpcError {
  return new GrpcError(Status.INTERNAL, 'The last message of the response is incomplete');
}
