import type { Limits } from '../frames/limits.ts';
import type { Encoding } from '../grpc/compression.ts';
import { Inbox } from '../grpc/message-queue.ts';
import { MessageReader } from '../grpc/message-reader.ts';
import { GrpcError, Status } from '../grpc/status.ts';

/** What an intake needs of its call. */
export interface IntakeOwner {
  /** Lets the peer send `bytes` more. */
  giveBack(bytes: number): void;
  /** The one request of a call that takes one is complete. */
  onRequest(message: Buffer): void;
  readonly host: { bufferedBytes: number; readonly limits: Limits };
}

/** The request side of a call whose content did not come in one frame: collects, bounds, and paces the peer. */
export class Intake {
  readonly #owner: IntakeOwner;
  readonly #reader: MessageReader;
  /** Where the messages of a call that takes many go; undefined for one that takes one. */
  readonly inbox: Inbox | undefined;
  #message: Buffer | undefined;
  /** Booked as held, with the connection. */
  #heldBytes = 0;
  /** Received and not given back. */
  #owedBytes = 0;

  constructor(owner: IntakeOwner, takes: 'one' | 'many', messageBytesMax: number, encoding: Encoding) {
    this.#owner = owner;
    this.#reader = new MessageReader(messageBytesMax, encoding);
    this.inbox = takes === 'one' ? undefined : new Inbox(() => this.#onTaken());
  }

  /**
   * Takes content.
   * @throws GrpcError for messages that cannot be taken, or that are too many
   */
  take(bytes: Buffer, start: number, end: number): void {
    this.#owedBytes += end - start;
    this.#reader.read(bytes, start, end, (message) => this.#onMessage(message));
    this.#book();
    if (this.#owner.host.bufferedBytes > this.#owner.host.limits.bufferedBytes) {
      throw new GrpcError(Status.RESOURCE_EXHAUSTED, 'Too many bytes wait on this connection');
    }
    this.#settle();
  }

  /**
   * No more will come.
   * @throws GrpcError if a message is missing or incomplete
   */
  end(): void {
    if (this.#reader.heldBytes > 0) throw new GrpcError(Status.INTERNAL, 'The last message is incomplete');
    if (this.inbox !== undefined) {
      this.inbox.end();
      return;
    }
    if (this.#message === undefined)
      throw new GrpcError(Status.UNIMPLEMENTED, 'Expected one message, got none');
    this.#owner.onRequest(this.#message);
  }

  /** The call is over: nobody waits for what is here. */
  drop(reason: unknown): void {
    this.inbox?.fail(reason);
    this.#owner.host.bufferedBytes -= this.#heldBytes;
    this.#heldBytes = 0;
  }

  #onMessage(message: Buffer): void {
    if (this.inbox !== undefined) {
      this.inbox.put(message);
      return;
    }
    if (this.#message !== undefined) {
      throw new GrpcError(Status.UNIMPLEMENTED, 'Expected one message, got more');
    }
    // Copied: it may wait for END_STREAM for long, and must not keep a whole read alive.
    this.#message = Buffer.from(message);
  }

  #onTaken(): void {
    this.#book();
    this.#settle();
  }

  #book(): void {
    const held = this.#reader.heldBytes + (this.inbox?.bytes ?? 0) + (this.#message?.length ?? 0);
    this.#owner.host.bufferedBytes += held - this.#heldBytes;
    this.#heldBytes = held;
  }

  /** A reader that is behind gets no more; a message under way may always go on, within its own limit. */
  #settle(): void {
    if (this.inbox?.isEmpty === false) return;
    this.#owner.giveBack(this.#owedBytes);
    this.#owedBytes = 0;
  }
}
