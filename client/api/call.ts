import {
  type CallOptions,
  type ClientReadableStream,
  type ClientUnaryCall,
  Metadata,
  type ServiceError,
  type StatusObject,
} from '@grpc/grpc-js';
import { onAbort } from './abort.ts';
import { type ClientErrorCode, NumStoreClientError } from './client-error.ts';
import { describeValue } from './describe-value.ts';
import type { Token } from './options.ts';
import { addToken } from './security/token.ts';
import { parseRevision, parseTiming, revisionHeader, type Timing, timingHeader } from './trailers.ts';

/** What bounds and watches one call, whether it has one reply or many. */
export interface Limits {
  /** milliseconds from now until the call is given up with DEADLINE_EXCEEDED; Infinity: never */
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
 * @throws NumStoreClientError INVALID_OPTION when the function that is the token returns none
 */
function beginCall({ deadlineMs, token, signal, onTiming, onRevision }: Limits): {
  readonly metadata: Metadata;
  readonly options: Partial<CallOptions>;
} {
  if (signal?.aborted) {
    throw new NumStoreClientError('CANCELLED', 'cancelled before it was sent', { cause: signal.reason });
  }
  const metadata = new Metadata();
  attempt('INVALID_OPTION', 'token', () => addToken(metadata, token));
  if (onTiming !== undefined) metadata.set(timingHeader, '1');
  if (onRevision !== undefined) metadata.set(revisionHeader, '1');
  // grpc-js takes no deadline that is infinite, but none
  return {
    metadata,
    options: deadlineMs === Infinity ? {} : { deadline: new Date(Date.now() + deadlineMs) },
  };
}

/** The error of a call: an abort has the reason of its signal as cause. */
function explain(error: unknown, { signal }: Limits): NumStoreClientError {
  const known = NumStoreClientError.from(error);
  if (known.code !== 'CANCELLED' || signal?.aborted !== true) return known;
  return new NumStoreClientError('CANCELLED', known.message, { cause: signal.reason });
}

/** Runs a function of the caller's: what it throws is the call's one error, not the end of the process. */
function attempt(code: ClientErrorCode, name: string, run: () => void): void {
  try {
    run();
  } catch (error) {
    const reason = error instanceof Error ? error.message : describeValue(error);
    throw new NumStoreClientError(code, `${name}: ${reason}`, { cause: error });
  }
}

/**
 * Watches a call that has begun: the signal cancels it, and its trailers are handed to the listeners as it ends.
 *
 * @param onEnd called once, with what a listener has thrown
 */
function watchCall(
  call: WatchedCall,
  { signal, onTiming, onRevision }: Limits,
  onEnd: (fault: NumStoreClientError | undefined) => void,
): void {
  const listening = onAbort(signal, () => call.cancel());
  call.on('status', ({ metadata }) => {
    listening[Symbol.dispose]();
    try {
      attempt('INTERNAL', 'onTiming', () => tell(metadata, timingHeader, parseTiming, onTiming));
      attempt('INTERNAL', 'onRevision', () => tell(metadata, revisionHeader, parseRevision, onRevision));
      onEnd(undefined);
    } catch (error) {
      onEnd(NumStoreClientError.from(error));
    }
  });
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
    let settle = (): void => undefined;
    const call = send(metadata, options, (error, reply) => {
      settle = () => (error === null ? resolve(reply) : reject(explain(error, limits)));
    });
    // grpc-js emits the status right after it has called back
    watchCall(call, limits, (fault) => (fault === undefined ? settle() : reject(fault)));
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
  /** Resolves when the call has ended, iterated or not, at its deadline at the latest. Never rejects. */
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
  let listenerFault: NumStoreClientError | undefined;
  const ended = new Promise<void>((resolve) => {
    watchCall(stream, limits, (fault) => {
      listenerFault = fault;
      resolve();
    });
  });
  return { messages: iterate(stream, limits, () => listenerFault), ended };
}

async function* iterate<Message>(
  stream: ClientReadableStream<Message>,
  limits: Limits,
  listenerFault: () => NumStoreClientError | undefined,
): AsyncGenerator<Message, void> {
  const messages: AsyncIterable<Message> = stream;
  try {
    yield* messages;
    const fault = listenerFault();
    if (fault !== undefined) throw fault;
  } catch (error) {
    throw explain(error, limits);
  } finally {
    stream.cancel(); // leaving the loop ends the stream, but not the call; no effect on one that has ended
  }
}
