import type { Encoding } from '../grpc/compression.ts';
import { MessageQueue } from '../grpc/message-queue.ts';
import { MessageReader } from '../grpc/message-reader.ts';
import { GrpcError, Status } from '../grpc/status.ts';
import type { ReceivedBytes } from './request-budget.ts';

/** What a request body needs of its call. */
export interface RequestBodyOwner {
  /** Lets the peer send `bytes` more. */
  giveBack(bytes: number): void;
  /** The one request of a call that takes one is complete. */
  onRequest(message: Buffer): void;
}

/** What the request bodies of one connection share. */
export interface RequestBodyContext {
  readonly messageBytesMax: number;
  readonly received: ReceivedBytes;
}

/**
 * The body of a request that did not come in one frame: collects and bounds it, and paces the peer.
 */
export class RequestBody {
  readonly #owner: RequestBodyOwner;
  readonly #reader: MessageReader;
  readonly #received: ReceivedBytes;
  /** The messages of a call that takes many. Undefined for a call that takes one. */
  readonly queue: MessageQueue | undefined;
  #message: Buffer | undefined;
  /** Counted with the connection. */
  #heldBytes = 0;
  #messages = 0;
  /** Received and not given back. */
  #owedBytes = 0;

  constructor(
    owner: RequestBodyOwner,
    takes: 'one' | 'many',
    context: RequestBodyContext,
    encoding: Encoding,
  ) {
    this.#owner = owner;
    this.#received = context.received;
    this.#reader = new MessageReader(context.messageBytesMax, encoding);
    this.queue = takes === 'one' ? undefined : new MessageQueue(() => this.#onTaken());
  }

  /** Memory that the handler has not taken. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Messages that have come. */
  get messages(): number {
    return this.#messages;
  }

  /** Whether a part of a message has come. */
  get isInMessage(): boolean {
    return this.#reader.heldBytes > 0;
  }

  /**
   * Takes content.
   * @throws GrpcError for malformed messages, and when too many bytes wait
   */
  take(bytes: Buffer, start: number, end: number): void {
    this.#owedBytes += end - start;
    this.#reader.read(bytes, start, end, (message) => this.#onMessage(message));
    this.#countHeld();
    if (this.#received.isExceeded) {
      throw new GrpcError(Status.RESOURCE_EXHAUSTED, 'Too many bytes wait on this connection');
    }
    this.#settle();
  }

  /**
   * No more content will come.
   * @throws GrpcError if a message is missing or incomplete
   */
  end(): void {
    if (this.#reader.heldBytes > 0) throw new GrpcError(Status.INTERNAL, 'The last message is incomplete');
    if (this.queue !== undefined) {
      this.queue.end();
      return;
    }
    if (this.#message === undefined)
      throw new GrpcError(Status.UNIMPLEMENTED, 'Expected one message, got none');
    this.#owner.onRequest(this.#message);
  }

  /** The call is over: drops what it holds. */
  drop(reason: unknown): void {
    this.queue?.fail(reason);
    this.#received.add(-this.#heldBytes);
    this.#heldBytes = 0;
  }

  #onMessage(message: Buffer): void {
    this.#messages++;
    if (this.queue !== undefined) {
      this.queue.put(message);
      return;
    }
    if (this.#message !== undefined) {
      throw new GrpcError(Status.UNIMPLEMENTED, 'Expected one message, got more');
    }
    // A copy: it may wait long for END_STREAM, and must not keep a whole read alive.
    this.#message = Buffer.from(message);
  }

  #onTaken(): void {
    this.#countHeld();
    this.#settle();
  }

  #countHeld(): void {
    const held = this.#reader.heldBytes + (this.queue?.bytes ?? 0) + (this.#message?.length ?? 0);
    this.#received.add(held - this.#heldBytes);
    this.#heldBytes = held;
  }

  /**
   * Lets the peer send more, unless the handler is behind. A message always completes, up to its
   * limit.
   */
  #settle(): void {
    if (this.queue?.isEmpty === false) return;
    this.#owner.giveBack(this.#owedBytes);
    this.#owedBytes = 0;
  }
}
