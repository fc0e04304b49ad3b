import { type Http2Session, constants as http2, type ServerHttp2Stream } from 'node:http2';
import { performance } from 'node:perf_hooks';
import { NumStoreError } from '../../domain/errors.ts';
import { type OnInternalError, toStatus } from '../../rpc/status.ts';
import { type ConnectionTimes, requestBytesPerSecond } from '../connection-limits.ts';
import type { RequestBudget } from '../transport.ts';
import { type ServedMethod, statusHeaders } from './request-rules.ts';

export interface RequestsOptions {
  readonly requests?: RequestBudget | undefined;
  readonly times: Pick<ConnectionTimes, 'requestMs' | 'idleMs' | 'closeMs'>;
  readonly onInternalError: OnInternalError;
}

const checkMs = 1_000;
const retryAfterMs = 100;

/** A request whose end has not come. */
interface Incomplete {
  readonly stream: ServerHttp2Stream;
  readonly startedAt: number;
  /** A stream of messages may last: only the request of one message has to end. */
  readonly isOne: boolean;
  bytes: number;
}

/** The requests of one connection. */
interface SessionRequests {
  readonly account: ReturnType<RequestBudget['open']> | undefined;
  readonly incomplete: Set<Incomplete>;
  /** Calls whose request is complete. */
  served: number;
  usedAt: number;
  /** When the connection was asked to end. */
  closedAt: number | undefined;
}

/**
 * The incomplete requests of grpc-js, which waits for them for ever and bounds them for each
 * connection alone. A stream counts all that it has sent: grpc-js does not show what it has read.
 */
export class Requests {
  readonly #options: RequestsOptions;
  readonly #sessions = new Map<Http2Session, SessionRequests>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** Watches a request from its headers on. */
  watch(stream: ServerHttp2Stream, { requestStream }: ServedMethod): void {
    const { session } = stream;
    if (session === undefined || stream.readableEnded) return;
    const request = { stream, startedAt: performance.now(), isOne: !requestStream, bytes: 0 };
    const ofSession = this.#sessions.get(session) ?? this.#open(session);
    ofSession.incomplete.add(request);
    stream.on('data', (chunk: Buffer) => {
      if (!ofSession.incomplete.has(request)) return;
      request.bytes += chunk.length;
      ofSession.account?.add(chunk.length);
    });
    let isServed = false;
    stream.once('end', () => {
      if (!forget(ofSession, request)) return;
      isServed = true;
      ofSession.served++;
    });
    stream.once('close', () => {
      forget(ofSession, request);
      if (!isServed) return;
      ofSession.served--;
      ofSession.usedAt = performance.now();
    });
  }

  #open(session: Http2Session): SessionRequests {
    const ofSession: SessionRequests = {
      account: this.#options.requests?.open(() => this.#refuseHeld(ofSession)),
      incomplete: new Set(),
      served: 0,
      usedAt: performance.now(),
      closedAt: undefined,
    };
    this.#sessions.set(session, ofSession);
    session.once('close', () => {
      this.#sessions.delete(session);
      ofSession.account?.close();
      if (this.#sessions.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
    const everyMs = Math.min(checkMs, this.#options.times.requestMs);
    this.#timer ??= setInterval(() => this.#check(), everyMs).unref();
    return ofSession;
  }

  #check(): void {
    const now = performance.now();
    const { requestMs, idleMs, closeMs } = this.#options.times;
    for (const [session, ofSession] of this.#sessions) {
      for (const request of ofSession.incomplete) {
        const fairMs = requestMs + (1_000 * request.bytes) / requestBytesPerSecond;
        if (request.isOne && now - request.startedAt >= fairMs) {
          this.#refuse(ofSession, request, incompleteRequest());
        }
      }
      // grpc-js takes a connection with incomplete requests for a busy one.
      if (ofSession.served > 0 || now - ofSession.usedAt < idleMs) continue;
      session.close();
      ofSession.closedAt ??= now;
      if (now - ofSession.closedAt >= closeMs) session.destroy();
    }
  }

  #refuseHeld(ofSession: SessionRequests): void {
    for (const request of ofSession.incomplete) {
      if (request.bytes > 0) this.#refuse(ofSession, request, tooManyBytes());
    }
  }

  #refuse(ofSession: SessionRequests, request: Incomplete, error: NumStoreError): void {
    forget(ofSession, request);
    const { stream } = request;
    if (stream.headersSent) {
      // A stream of messages that was answered in part. To gRPC this code is RESOURCE_EXHAUSTED.
      stream.close(http2.NGHTTP2_ENHANCE_YOUR_CALM);
      return;
    }
    stream.respond(statusHeaders(toStatus(error, this.#options.onInternalError)), { endStream: true });
    // The peer may never end it.
    stream.close(http2.NGHTTP2_NO_ERROR);
  }
}

/** Takes a request out of the account. Returns whether it was in it. */
function forget({ account, incomplete }: SessionRequests, request: Incomplete): boolean {
  if (!incomplete.delete(request)) return false;
  account?.add(-request.bytes);
  return true;
}

function incompleteRequest(): NumStoreError {
  return new NumStoreError('DEADLINE_EXCEEDED', 'The request was not complete in time');
}

function tooManyBytes(): NumStoreError {
  const details = 'The server holds too many bytes of requests that are not handled';
  return new NumStoreError('REQUESTS_FULL', details, { retryAfterMs });
}
