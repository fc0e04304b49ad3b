import type { CallOptions, ClientReadableStream, Metadata } from '@grpc/grpc-js';
import { beginCall, type Limits, watchCall } from './call.ts';
import { NumStoreClientError } from './client-error.ts';

/** Starts one call with many replies, as the generated client does. */
export type SendStream<Message> = (
  metadata: Metadata,
  options: Partial<CallOptions>,
) => ClientReadableStream<Message>;

/** A call with many replies that has begun. */
export interface MessageStream<Message> {
  /**
   * The messages, to be iterated once. The next few are asked for as the last is taken: a reader that stops holds the
   * server. Leaving the loop cancels the call; a status that is not OK is a NumStoreClientError of its name.
   */
  readonly messages: AsyncIterable<Message>;
  /** Resolves when the call has ended, at its deadline at the latest, even if nobody iterates. Never rejects. */
  readonly ended: Promise<void>;
}

/**
 * Begins a call with many replies.
 *
 * @throws NumStoreClientError CANCELLED when the signal was aborted before
 */
export function openStream<Message>(send: SendStream<Message>, limits: Limits): MessageStream<Message> {
  const { metadata, options } = beginCall(limits);
  const stream = send(metadata, options);
  // a cancelled call ends with one more error, when nobody iterates any longer
  stream.on('error', () => undefined);
  const watch = watchCall(stream, limits);
  const ended = new Promise<void>((resolve) => {
    stream.on('status', () => {
      watch[Symbol.dispose]();
      resolve();
    });
  });
  return { messages: iterate(stream), ended };
}

async function* iterate<Message>(stream: ClientReadableStream<Message>): AsyncGenerator<Message, void> {
  const messages: AsyncIterable<Message> = stream;
  try {
    yield* messages;
  } catch (error) {
    throw NumStoreClientError.from(error);
  } finally {
    stream.cancel(); // leaving the loop ends the stream, but not the call; no effect on one that has ended
  }
}
