import { createGrpcServer, type GrpcServer, type RequestBudget } from '../../../transport/index.ts';
import type { Observer } from '../../rpc/observer.ts';
import { explainPath } from '../../rpc/proto-mismatch.ts';
import type { OnInternalError } from '../../rpc/status.ts';
import { bytesTaken } from '../bytes-taken.ts';
import { type ConnectionTimes, requestBytesPerSecond, streamsMax } from '../connection-limits.ts';
import { requestBytesMax } from '../transport.ts';
import { createRoutes, type NativeServices } from './routes.ts';
import { abortReason, createStatusMapper } from './status.ts';

/** What the native server needs beyond the services. */
export interface NativeServerOptions extends NativeServices {
  readonly onInternalError: OnInternalError;
  /** Hears of every call. @default nothing is measured */
  readonly observer?: Observer | undefined;
  /** How long a reader of a stream may take nothing before it is cut off, in milliseconds. */
  readonly readerStallMs: number;
  /** How long connections may do nothing of use. */
  readonly times: ConnectionTimes;
  /** Bounds the bytes of requests over all connections. @default no bound beside that of each */
  readonly requests?: RequestBudget | undefined;
  /** An assertion inside the transport failed, and one connection was cut off. */
  readonly onConnectionKilled: (error: unknown) => void;
}

/**
 * In an overload a call that has waited longer in this process is refused: see `AdmissionOptions`.
 */
const lateMs = 20;

/**
 * Our own transport, serving the project's handlers on connections that a listener of ours accepts.
 */
export function createNativeServer(options: NativeServerOptions): GrpcServer {
  const { readerStallMs: stallMs, requests } = options;
  const { handshakeMs, requestMs, idleMs, keepaliveMs, keepaliveTimeoutMs, closeMs } = options.times;
  const toStatus = createStatusMapper(options.onInternalError);
  const routes = createRoutes(options, { observer: options.observer, toStatus });
  const served = routes.map(({ path }) => path);
  return createGrpcServer({
    routes,
    explainUnknown: (path) => explainPath(path, served),
    toStatus,
    abortReason,
    onInternalError: options.onConnectionKilled,
    messageBytesMax: requestBytesMax,
    limits: { concurrentStreams: streamsMax },
    times: {
      handshakeMs,
      requestMs,
      requestBytesPerSecond,
      idleMs,
      keepaliveMs,
      keepaliveTimeoutMs,
      graceMs: closeMs,
      stallMs,
    },
    bytesTaken,
    requests,
    admission: { lateMs, isExempt: (path) => path.startsWith('/grpc.health.v1.Health/') },
  });
}
