import { performance } from 'node:perf_hooks';
import { GrpcError, Status, type Call as TransportCall } from '../../../transport/index.ts';
import { createTiming, formatTiming, type Timing } from '../../domain/caller.ts';
import type { BidiHandler, Call, StreamHandler, UnaryHandler } from '../../rpc/call.ts';
import type { Observer } from '../../rpc/observer.ts';
import { type ErrorStatus, statusName } from '../../rpc/status.ts';

/** What is done with every call, whatever its handler. */
export interface CallOptions {
  /** Hears of every call. @default nothing is measured */
  readonly observer?: Observer | undefined;
  readonly toStatus: (error: unknown, call?: Call) => ErrorStatus;
}

/** A call that somebody measures: the caller who has asked where the time goes, or an observer. */
class TimedCall implements Call {
  readonly timing: Timing = createTiming();
  readonly #call: TransportCall;
  readonly #path: string;
  readonly #options: CallOptions;
  readonly #startedAt = performance.now();
  #isOver = false;

  constructor(call: TransportCall, path: string, options: CallOptions) {
    this.#call = call;
    this.#path = path;
    this.#options = options;
    options.observer?.callStarted(path);
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  get peer(): string {
    return this.#call.peer;
  }

  metadata(name: string): string | undefined {
    return this.#call.metadata(name);
  }

  setTrailer(name: string, value: string): void {
    this.#call.setTrailer(name, value);
  }

  /** Nothing more will be measured: tells whoever wants to know. Only the first end counts. */
  ended(code: Status): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (isAsked(this.#call)) this.#call.setTrailer('numstore-timing', formatTiming(this.timing));
    if (this.#options.observer === undefined) return;
    const endedAt = performance.now();
    this.#options.observer.callEnded({
      path: this.#path,
      code: statusName(code),
      durationMs: endedAt - this.#startedAt,
      endedAt,
      call: this,
    });
  }

  /** The same with what the handler threw; answers what to throw on, since the status is known by now. */
  failed(error: unknown): GrpcError {
    const { code, details, trailers } = this.#options.toStatus(error, this);
    this.ended(code);
    return new GrpcError(code, details, trailers);
  }

  /** The reader takes no more, be it that it has gone or that it was cut off. */
  left(): void {
    if (this.#isOver) return;
    const { signal } = this.#call;
    this.ended(signal.aborted ? this.#options.toStatus(signal.reason, this).code : Status.CANCELLED);
  }
}

function isAsked(call: TransportCall): boolean {
  return call.metadata('numstore-timing') === '1';
}

/** What answers the bytes of a request, and measures where somebody wants it. */
export function timedUnary<Response>(
  path: string,
  handler: UnaryHandler<Uint8Array, Response>,
  options: CallOptions,
): (bytes: Buffer, call: TransportCall) => Promise<Response> {
  const measure = async (bytes: Buffer, call: TransportCall): Promise<Response> => {
    const timed = new TimedCall(call, path, options);
    try {
      const response = await handler(bytes, timed);
      timed.ended(Status.OK);
      return response;
    } catch (error) {
      throw timed.failed(error);
    }
  };
  const isObserved = options.observer !== undefined;
  return (bytes, call) => (isObserved || isAsked(call) ? measure(bytes, call) : handler(bytes, call));
}

/** The same for a stream; the time until the next message is asked for is the reader's. */
export function timedStream<Response>(
  path: string,
  handler: StreamHandler<Uint8Array, Response>,
  options: CallOptions,
): (bytes: Buffer, call: TransportCall) => AsyncIterable<Response> {
  const isObserved = options.observer !== undefined;
  return (bytes, call) =>
    isObserved || isAsked(call)
      ? measured(new TimedCall(call, path, options), (timed) => handler(bytes, timed))
      : handler(bytes, call);
}

/** The same for a call that streams both ways. */
export function timedBidi<Request, Response>(
  path: string,
  handler: BidiHandler<Request, Response>,
  options: CallOptions,
): (requests: AsyncIterable<Request>, call: TransportCall) => AsyncIterable<Response> {
  const isObserved = options.observer !== undefined;
  return (requests, call) =>
    isObserved || isAsked(call)
      ? measured(new TimedCall(call, path, options), (timed) => handler(requests, timed))
      : handler(requests, call);
}

async function* measured<Response>(
  timed: TimedCall,
  produce: (call: Call) => AsyncIterable<Response>,
): AsyncGenerator<Response, void, undefined> {
  try {
    for await (const response of produce(timed)) {
      const yieldedAt = performance.now();
      yield response;
      timed.timing.sendMs += performance.now() - yieldedAt;
    }
    timed.ended(Status.OK);
  } catch (error) {
    throw timed.failed(error);
  } finally {
    timed.left();
  }
}
