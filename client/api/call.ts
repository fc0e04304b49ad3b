import {
  type CallOptions,
  type ClientReadableStream,
  type ClientUnaryCall,
  Metadata,
  type ServiceError,
  type StatusObject,
} from '@grpc/grpc-js';
import { NumStoreClientError } from './client-error.ts';
import type { Token } from './options.ts';
import { addToken } from './security/token.ts';
import { parseRevision, parseTiming, revisionHeader, type Timing, timingHeader } from './trailers.ts';

/** What bounds and watches one call, whether it has one reply or many. */
export interface Limits {
  /** milliseconds from now until the call is given up with DEADLINE_EXCEEDED */
  readonly deadlineMs: number;
  /** says who calls */
  readonly token?: Token | undefined;
  /** aborting it gives the call up with CANCELLED */
  readonly signal?: AbortSignal | undefined;
  /** asks the server where its time went; called before the call ends, unless the server does not say */
  readonly onTiming?: ((timing: Timing) => void) | undefined;
  /** asks for the number of a write; called before the call ends, unless the server does not say */
  readonly onRevision?: ((revision: bigint) => void) | undefined;
}

/** The part of a grpc-js call that we watch. */
interface WatchedCall {
  cancel(): void;
  on(event: 'status', listener: (status: StatusObject) => void): unknown;
}

/**
 * What a call is started with.
 *
 * @throws NumStoreClientError CANCELLED when the signal was aborted before
 * @throws TypeError when the token is of no form that can be sent
 */
function beginCall({ deadlineMs, token, signal, onTiming, onRevision }: Limits): {
  readonly metadata: Metadata;
  readonly options: Partial<CallOptions>;
} {
  if (signal?.aborted) {
    throw new NumStoreClientError('CANCELLED', 'cancelled before it was sent', { cause: signal.reason });
  }
  const metadata = new Metadata();
  addToken(metadata, token);
  if (onTiming !== undefined) metadata.set(timingHeader, '1');
  if (onRevision !== undefined) metadata.set(revisionHeader, '1');
  return { metadata, options: { deadline: new Date(Date.now() + deadlineMs) } };
}

/**
 * Watches a call that has begun: the signal cancels it, its trailers are read. Dispose when the call ends, so that a
 * signal that lives long collects no listeners.
 */
function watchCall(call: WatchedCall, { signal, onTiming, onRevision }: Limits): Disposable {
  if (onTiming !== undefined || onRevision !== undefined) {
    // in the same turn in which the reply is handed over, hence before whoever awaits it goes on
    call.on('status', ({ metadata }) => {
      tell(metadata, timingHeader, parseTiming, onTiming);
      tell(metadata, revisionHeader, parseRevision, onRevision);
    });
  }
  const cancel = (): void => call.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  return { [Symbol.dispose]: () => signal?.removeEventListener('abort', cancel) };
}

function tell<Told>(
  metadata: Metadata,
  header: string,
  parse: (trailer: string) => Told | undefined,
  listener: ((told: Told) => void) | undefined,
): void {
  const [trailer] = metadata.get(header);
  const told = typeof trailer === 'string' ? parse(trailer) : undefined;
  if (told !== undefined) listener?.(told);
}

/** Starts one unary call of a grpc-js client, as its generated methods do. */
export type SendUnary<Reply> = (
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, reply: Reply) => void,
) => ClientUnaryCall;

/**
 * A grpc-js callback call as a promise.
 *
 * @throws NumStoreClientError with the name of the gRPC status
 */
export function callUnary<Reply>(send: SendUnary<Reply>, limits: Limits): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { metadata, options } = beginCall(limits);
    const call = send(metadata, options, (error, reply) => {
      watch[Symbol.dispose]();
      if (error === null) resolve(reply);
      else reject(NumStoreClientError.from(error));
    });
    const watch = watchCall(call, limits);
  });
}

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
