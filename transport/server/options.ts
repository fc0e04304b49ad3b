import type { Socket } from 'node:net';
import { defaultLimits, type Limits } from '../frames/limits.ts';
import { GrpcError, Status, type StatusReply, statusOfError } from '../grpc/status.ts';
import type { HeaderList } from '../hpack/decoder.ts';
import { type Clock, systemClock } from '../io/clock.ts';
import { Admission, type AdmissionOptions } from './admission.ts';
import type { AbortCause } from './lazy-signal.ts';
import { createRequestReader, type Request } from './request.ts';
import { type RequestBudget, unboundedRequests } from './request-budget.ts';
import type { Route } from './routes.ts';

/** How a server runs. Everything but the routes has a default. */
export interface GrpcServerOptions {
  /** The methods that are served. Other paths get UNIMPLEMENTED. */
  readonly routes: Iterable<Route>;
  /** The message for a path that is not served, cut if it is long. @default that it is not implemented */
  readonly explainUnknown?: (path: string) => string | undefined;
  /**
   * The status of what a handler threw.
   * @default a GrpcError's own, else UNKNOWN without details
   */
  readonly toStatus?: (error: unknown) => StatusReply;
  /** The reason in the signal of a call that has ended early. @default a GrpcError */
  readonly abortReason?: (cause: AbortCause) => unknown;
  /**
   * Called when an assertion inside the transport fails. Its connection is closed.
   * @default none
   */
  readonly onInternalError?: (error: unknown) => void;
  /** Largest request message, after decompression. @default 4194304 */
  readonly messageBytesMax?: number;
  readonly limits?: Partial<Limits>;
  readonly times?: Partial<Times>;
  readonly clock?: Clock;
  /**
   * How many of the bytes that were written to a socket its peer's TCP has taken.
   * @default those that the kernel has taken
   */
  readonly bytesTaken?: (socket: Socket) => number;
  /** When calls are refused because of overload. @default never */
  readonly admission?: AdmissionOptions;
  /** Bounds the bytes of requests over all connections. @default no bound beside that of each */
  readonly requests?: RequestBudget | undefined;
}

/** How long a connection may do what, in milliseconds. Checked every `checkMs`. */
export interface Times {
  /** How often connections are checked. @default 1000 */
  readonly checkMs: number;
  /** For the client's preface and settings. Clients need less. @default 10000 */
  readonly handshakeMs: number;
  /** Silence after which the server sends a keepalive PING. @default 7200000 */
  readonly keepaliveMs: number;
  /** ... and how long it waits for a reply. @default 20000 */
  readonly keepaliveTimeoutMs: number;
  /** Until a request must be complete, or a message of several. @default Infinity */
  readonly requestMs: number;
  /** Bytes of the request that extend this time by a second. @default 1024 */
  readonly requestBytesPerSecond: number;
  /**
   * A connection without a call for this long is drained. An incomplete request is no call.
   * @default Infinity
   */
  readonly idleMs: number;
  /** Older connections are drained, so that clients spread over new servers. @default Infinity */
  readonly ageMs: number;
  /** How long such a drain may take before the connection is closed. @default 30000 */
  readonly graceMs: number;
  /** How long a caller may take to read 64 KiB, or all that waits for it. @default 10000 */
  readonly stallMs: number;
}

const defaultTimes: Times = {
  checkMs: 1_000,
  handshakeMs: 10_000,
  keepaliveMs: 7_200_000,
  keepaliveTimeoutMs: 20_000,
  requestMs: Number.POSITIVE_INFINITY,
  requestBytesPerSecond: 1_024,
  idleMs: Number.POSITIVE_INFINITY,
  ageMs: Number.POSITIVE_INFINITY,
  graceMs: 30_000,
  stallMs: 10_000,
};

const defaultMessageBytesMax = 4_194_304;

/** The options, with the defaults filled in. */
export interface ServerSettings {
  readonly interpret: (list: HeaderList) => Request;
  readonly toStatus: (error: unknown) => StatusReply;
  readonly abortReason: (cause: AbortCause) => unknown;
  readonly onInternalError: (error: unknown) => void;
  readonly messageBytesMax: number;
  readonly limits: Limits;
  readonly times: Times;
  readonly clock: Clock;
  readonly bytesTaken: (socket: Socket) => number;
  /** One for all connections: they share the event loop. */
  readonly admission: Admission;
  readonly requests: RequestBudget;
}

/** @throws TypeError if a path is served twice */
export function resolveOptions(options: GrpcServerOptions): ServerSettings {
  const routes = [...options.routes];
  if (new Set(routes.map(({ path }) => path)).size < routes.length) {
    throw new TypeError('Expected each path once among the routes');
  }
  const { clock = systemClock, admission = { lateMs: Number.POSITIVE_INFINITY, isExempt: () => true } } =
    options;
  return {
    interpret: createRequestReader(routes, options.explainUnknown),
    toStatus: options.toStatus ?? statusOfError,
    abortReason: options.abortReason ?? defaultAbortReason,
    onInternalError: options.onInternalError ?? (() => {}),
    messageBytesMax: options.messageBytesMax ?? defaultMessageBytesMax,
    limits: { ...defaultLimits, ...options.limits },
    times: { ...defaultTimes, ...options.times },
    clock,
    bytesTaken: options.bytesTaken ?? ((socket) => socket.bytesWritten - socket.writableLength),
    admission: new Admission(admission, clock.now),
    requests: options.requests ?? unboundedRequests,
  };
}

function defaultAbortReason(cause: AbortCause): GrpcError {
  return cause === 'deadline'
    ? new GrpcError(Status.DEADLINE_EXCEEDED, 'The deadline has passed')
    : new GrpcError(
        Status.CANCELLED,
        cause === 'stalled' ? 'The caller takes nothing' : 'The caller has gone',
      );
}
