import type { Call as TransportCall } from '../../transport/index.ts';
import type { Call, StreamHandler, UnaryHandler } from '../call.ts';
import { createTiming, formatTiming, type Timing } from '../timing.ts';

/** A call whose caller has asked where the time goes. */
class TimedCall implements Call {
  readonly timing: Timing = createTiming();
  readonly #call: TransportCall;

  constructor(call: TransportCall) {
    this.#call = call;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  metadata(name: string): string | undefined {
    return this.#call.metadata(name);
  }

  setTrailer(name: string, value: string): void {
    this.#call.setTrailer(name, value);
  }

  /** Nothing more will be measured: tells the caller. */
  tell(): void {
    this.#call.setTrailer('numstore-timing', formatTiming(this.timing));
  }
}

const isAsked = (call: TransportCall): boolean => call.metadata('numstore-timing') === '1';

/** The handler, measured for callers who ask for it. */
export function timedUnary<Request, Response>(
  handler: UnaryHandler<Request, Response>,
): (request: Request, call: TransportCall) => Promise<Response> {
  const measure = async (request: Request, call: TransportCall): Promise<Response> => {
    const timed = new TimedCall(call);
    try {
      return await handler(request, timed);
    } finally {
      timed.tell();
    }
  };
  return (request, call) => (isAsked(call) ? measure(request, call) : handler(request, call));
}

/** The same for a stream; the time until the next message is asked for is the reader's. */
export function timedStream<Request, Response>(
  handler: StreamHandler<Request, Response>,
): (request: Request, call: TransportCall) => AsyncIterable<Response> {
  async function* measure(request: Request, call: TransportCall): AsyncGenerator<Response, void, undefined> {
    const timed = new TimedCall(call);
    try {
      for await (const response of handler(request, timed)) {
        const yieldedAt = performance.now();
        yield response;
        timed.timing.sendMs += performance.now() - yieldedAt;
      }
    } finally {
      timed.tell();
    }
  }
  return (request, call) => (isAsked(call) ? measure(request, call) : handler(request, call));
}
