import { defaultLimits, type Limits } from '../frames/limits.ts';
import { type Clock, systemClock } from '../io/clock.ts';
import type { ClientTlsOptions } from './connect-tls.ts';

/** How long connecting may take, with TLS and the first SETTINGS, in milliseconds. */
export const connectMsDefault = 5_000;

/** Where to connect, and how. */
export interface GrpcClientOptions {
  readonly host: string;
  readonly port: number;
  /** Without it the connection is plain. */
  readonly tls?: ClientTlsOptions;
  /** How long connecting may take, with TLS, in milliseconds. @default 5000 */
  readonly connectMs?: number;
  /** Largest response message, after decompression. @default 4194304 */
  readonly messageBytesMax?: number;
  /**
   * Silence with calls under way after which the client sends a keepalive PING.
   * @default Infinity
   */
  readonly keepaliveMs?: number;
  /** ... and how long it waits for a reply. @default 20000 */
  readonly keepaliveTimeoutMs?: number;
  /** Precedes the transport's name in `user-agent`. */
  readonly userAgent?: string;
  readonly limits?: Partial<Limits>;
  readonly clock?: Clock;
}

/** How one call runs. */
export interface CallOptions {
  /**
   * The call's deadline, on both sides: after it the call fails with DEADLINE_EXCEEDED.
   * @default none
   */
  readonly timeoutMs?: number;
  /** Aborting it cancels the call. */
  readonly signal?: AbortSignal;
  /** Names and values to send. Names that end in `-bin` take octets. */
  readonly metadata?: Iterable<readonly [name: string, value: string | Uint8Array]>;
  /** Called with the headers, before the first response. */
  readonly onHeaders?: (headers: ReadonlyMap<string, string>) => void;
  /** Called with the trailers, whatever the status. */
  readonly onTrailers?: (trailers: ReadonlyMap<string, string>) => void;
}

/** The options, with the defaults filled in. */
export interface ClientSettings {
  readonly authority: string;
  readonly scheme: 'http' | 'https';
  readonly userAgent: string;
  readonly messageBytesMax: number;
  readonly keepaliveMs: number;
  readonly keepaliveTimeoutMs: number;
  readonly limits: Limits;
  readonly clock: Clock;
}

const ownName = 'grpc-typescript-sockets/1.0';

/** Windows of a client: most large responses come without a pause. */
const clientWindows = { streamWindowBytes: 1_048_576, connectionWindowBytes: 8_388_608 };

export function resolveClientOptions(options: GrpcClientOptions): ClientSettings {
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    authority: `${host}:${options.port}`,
    scheme: options.tls === undefined ? 'http' : 'https',
    userAgent: options.userAgent === undefined ? ownName : `${options.userAgent} ${ownName}`,
    messageBytesMax: options.messageBytesMax ?? 4_194_304,
    keepaliveMs: options.keepaliveMs ?? Number.POSITIVE_INFINITY,
    keepaliveTimeoutMs: options.keepaliveTimeoutMs ?? 20_000,
    limits: { ...defaultLimits, ...clientWindows, ...options.limits },
    clock: options.clock ?? systemClock,
  };
}
