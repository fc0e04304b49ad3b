import { ErrorCode } from '../frames/errors.ts';
import { parseEncoding } from '../grpc/compression.ts';
import { isWholeMessage, MessageReader, messagePrefix, prefixBytes } from '../grpc/message-reader.ts';
import { lookUp } from '../grpc/metadata.ts';
import { GrpcError, Status } from '../grpc/status.ts';
import type { HeaderField } from '../hpack/field.ts';
import type { Block } from '../hpack/recurring-block.ts';
import type { ResponseHead } from '../http2/response-head.ts';
import { Stream, type StreamHost } from '../http2/stream.ts';
import { errorOfReset, errorOfTrailers, faultOfHead } from './response.ts';

/** Takes the end of a call. Called once. */
export interface CallSink {
  /** The message is `bytes[start..end)`, and these bytes never change. */
  onReply(bytes: Uint8Array, start: number, end: number, trailers: readonly HeaderField[]): void;
  /** @param mayHaveActed false if the server has certainly not processed the call */
  onFailure(error: GrpcError, mayHaveActed: boolean): void;
}

type WellFormedHead = Extract<ResponseHead, { readonly fields: unknown }>;

/** Heads that a server has sent before: the decoder returns the same object for equal blocks. */
interface KnownHeads {
  response: ResponseHead | undefined;
  trailers: WellFormedHead | undefined;
}

/** What all calls of a session share. */
export interface CallShare {
  readonly known: KnownHeads;
  readonly messageBytesMax: number;
}

/**
 * One unary call, without a promise, an iterator or a copy of its message: a load generator must
 * cost less than what it measures.
 */
export class UnaryCall extends Stream {
  readonly sentMs: number;
  readonly #share: CallShare;
  readonly #sink: CallSink;
  #bytes: Uint8Array | undefined;
  #start = 0;
  #end = 0;
  #reader: MessageReader | undefined;
  #isOver = false;

  constructor(id: number, host: StreamHost, share: CallShare, sink: CallSink, sentMs: number) {
    super(id, host, false);
    this.#share = share;
    this.#sink = sink;
    this.sentMs = sentMs;
  }

  open(head: Block, message: Uint8Array): void {
    this.sendHeaders(head, false);
    this.sendData(messagePrefix(message.length), message, true);
  }

  /** A header list has come: the head of the response, or its trailers. */
  onHead(head: ResponseHead, endStream: boolean): void {
    if (endStream) this.remoteClosed = true;
    const { known } = this.#share;
    if (!endStream && head === known.response) return;
    if (endStream && known.trailers !== undefined && head === known.trailers) {
      this.#onTrailers(known.trailers, undefined);
    } else if (head.kind === 'malformed') this.breakOff(ErrorCode.protocolError, internal(head.message));
    else if (head.kind === 'too large')
      this.breakOff(ErrorCode.cancel, internal('The metadata is too large'));
    else if (head.kind === 'response') this.#onResponse(head, endStream);
    else if (endStream) this.#onTrailers(head, errorOfTrailers(head.fields));
    else this.breakOff(ErrorCode.protocolError, internal('Trailers do not end the response'));
  }

  #onResponse(head: ResponseHead & { kind: 'response' }, endStream: boolean): void {
    if (head.status.startsWith('1') && !endStream) return;
    const fault = faultOfHead(head.status, head.fields);
    if (fault !== undefined) this.breakOff(ErrorCode.cancel, fault);
    else if (endStream) this.#onTrailers(head, errorOfTrailers(head.fields));
    else {
      const encoding = parseEncoding(lookUp(head.fields, 'grpc-encoding'));
      if (encoding === 'identity') this.#share.known.response = head;
      else this.#reader = new MessageReader(this.#share.messageBytesMax, encoding);
    }
  }

  #onTrailers(head: WellFormedHead, error: GrpcError | undefined): void {
    if (error !== undefined) this.#fail(error);
    else if (this.#bytes === undefined) {
      this.#fail(new GrpcError(Status.UNIMPLEMENTED, 'Expected one response, got none'));
    } else {
      this.#share.known.trailers = head;
      this.#isOver = true;
      this.#sink.onReply(this.#bytes, this.#start, this.#end, head.fields);
    }
    // The server is done, and does not need what we have not sent.
    if (this.localClosed) this.host.completeStream(this);
    else this.reset(ErrorCode.noError);
  }

  override onData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    if (this.#reader === undefined && isWholeMessage(bytes, start, end, this.#share.messageBytesMax)) {
      this.#take(bytes, start + prefixBytes, end);
    } else {
      this.#reader ??= new MessageReader(this.#share.messageBytesMax, 'identity');
      try {
        this.#reader.read(bytes, start, end, (message) => this.#take(message, 0, message.length));
      } catch (error) {
        this.breakOff(ErrorCode.cancel, error instanceof GrpcError ? error : internal(String(error)));
      }
    }
    this.giveBack(end - start);
    if (endStream) this.onHead({ kind: 'trailers', fields: [] }, true);
  }

  /** Trailers may come in a later read. It has a buffer of its own, so nothing is copied. */
  #take(bytes: Uint8Array, start: number, end: number): void {
    if (this.#bytes === undefined) {
      this.#bytes = bytes;
      this.#start = start;
      this.#end = end;
    } else this.breakOff(ErrorCode.cancel, new GrpcError(Status.UNIMPLEMENTED, 'Expected one response'));
  }

  /** Ends the call from our side. */
  breakOff(code: ErrorCode, error: GrpcError, mayHaveActed = true): void {
    if (this.#isOver) return;
    this.#fail(error, mayHaveActed);
    this.reset(code);
  }

  override onBroken(code: ErrorCode): void {
    this.#fail(errorOfReset(code));
  }

  override onLost(): void {
    this.#fail(new GrpcError(Status.UNAVAILABLE, 'The connection was lost'));
  }

  override onStalled(): void {
    this.breakOff(ErrorCode.cancel, new GrpcError(Status.UNAVAILABLE, 'The server takes nothing'));
  }

  protected override onSent(): void {
    // No caller waits for it.
  }

  protected override onClosedFirst(): void {
    // The usual course: the request is out, and the response is to come.
  }

  #fail(error: GrpcError, mayHaveActed = true): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sink.onFailure(error, mayHaveActed);
  }
}

function internal(message: string): GrpcError {
  return new GrpcError(Status.INTERNAL, message);
}
