import { defaultLimits, type Limits } from '../frames/limits.ts';
import { GrpcError, Status, type StatusReply, statusOfError } from '../grpc/status.ts';
import type { HeaderList } from '../hpack/decoder.ts';
import { type Clock, systemClock } from '../io/clock.ts';
import { Gate, type GateOptions } from './admission.ts';
import type { AbortCause } from './lazy-signal.ts';
import { createRequestReader, type Request } from './request.ts';
import type { Route } from './routes.ts';

/** How a server runs; everything but the routes has a default. */
export interface GrpcServerOptions {
  /** What is served; a path that is not among them is answered UNIMPLEMENTED. */
  readonly routes: Iterable<Route>;
  /** What to tell whoever calls a path that is not served. @default that it is not */
  readonly explainUnknown?: (path: string) => string | undefined;
  /** The status of what a handler threw. @default that of a GrpcError, UNKNOWN without details for the rest */
  readonly toStatus?: (error: unknown) => StatusReply;
  /** The reason in the signal of a call that nobody waits for. @default a GrpcError */
  readonly abortReason?: (cause: AbortCause) => unknown;
  /** Hears of assertions that failed inside the transport; the connection in question is cut off. @default none */
  readonly onInternalError?: (error: unknown) => void;
  /** Largest request message, after decompression. @default 4194304 */
  readonly messageBytesMax?: number;
  readonly limits?: Partial<Limits>;
  readonly times?: Partial<Times>;
  readonly clock?: Clock;
  /** When calls are refused because more come than can be served. @default never */
  readonly gate?: GateOptions;
}

/** When a connection is looked after, in milliseconds; checked every `checkMs`. */
export interface Times {
  /** How often connections are looked at. @default 1000 */
  readonly checkMs: number;
  /** For the client's preface and settings; longer is no client. @default 10000 */
  readonly handshakeMs: number;
  /** Silence after which we ask for a sign of life. @default 7200000 */
  readonly keepaliveMs: number;
  /** ... and how long we wait for it. @default 20000 */
  readonly keepaliveTimeoutMs: number;
  /** Without a call for so long, a connection is drained. @default Infinity */
  readonly idleMs: number;
  /** Older connections are drained, so that clients spread over new servers. @default Infinity */
  readonly ageMs: number;
  /** What a connection may take to drain by itself, before it is cut off. @default 30000 */
  readonly graceMs: number;
  /** A caller that takes nothing of what waits for it is cut off. @default 10000 */
  readonly stallMs: number;
}

const defaultTimes: Times = {
  checkMs: 1_000,
  handshakeMs: 10_000,
  keepaliveMs: 7_200_000,
  keepaliveTimeoutMs: 20_000,
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
  /** One for all connections: they share the event loop. */
  readonly gate: Gate;
}

/** @throws TypeError if a path is served twice */
export function resolveOptions(options: GrpcServerOptions): ServerSettings {
  const routes = [...options.routes];
  if (new Set(routes.map(({ path }) => path)).size < routes.length) {
    throw new TypeError('Expected each path once among the routes');
  }
  const { clock = systemClock, gate = { lateMs: Number.POSITIVE_INFINITY, spares: () => true } } = options;
  return {
    interpret: createRequestReader(routes, options.explainUnknown),
    toStatus: options.toStatus ?? statusOfError,
    abortReason: options.abortReason ?? defaultAbortReason,
    onInternalError: options.onInternalError ?? (() => {}),
    messageBytesMax: options.messageBytesMax ?? defaultMessageBytesMax,
    limits: { ...defaultLimits, ...options.limits },
    times: { ...defaultTimes, ...options.times },
    clock,
    gate: new Gate(gate, clock.now),
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
