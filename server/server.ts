import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { HandshakeFailure, TlsOptions, TlsTerminator } from '../transport/index.ts';
import { type ConnectionCounts, type ListenerLimits, openListener } from './net/listener.ts';
import type { Handlers } from './rpc/handlers.ts';
import { createHealth } from './rpc/health.ts';
import type { Observer } from './rpc/observer.ts';
import { createReflection } from './rpc/reflection.ts';
import type { OnInternalError } from './rpc/status.ts';
import type { Guard } from './security/authorize.ts';
import { type ConnectionTimes, connectionTimes, readerStallMs } from './transports/connection-limits.ts';
import { createTransport } from './transports/create.ts';
import type { TransportName, TransportOptions } from './transports/transport.ts';

/** Full names of what this server serves in any case; health and reflection know them. */
const services = ['NumStore', 'NumStoreExtended', 'grpc.health.v1.Health'] as const;

const reflectionService = 'grpc.reflection.v1.ServerReflection';

/** Of these, what cannot answer without the store. */
const storeServices = ['NumStore', 'NumStoreExtended'] as const;

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly transport: TransportName;
  readonly handlers: Handlers;
  readonly onInternalError: OnInternalError;
  /** TLS on every connection. @default clear text */
  readonly tls?: TlsOptions | undefined;
  /** Hears of clients that do not get through the handshake of TLS. @default none */
  readonly onHandshakeFailed?: (failure: HandshakeFailure) => void;
  /** Who may call; health answers everybody. @default everybody may */
  readonly guard?: Guard | undefined;
  /** Whether callers may ask what there is to call. @default true */
  readonly reflection?: boolean;
  /** Hears of every call. @default nothing is measured */
  readonly observer?: Observer | undefined;
  /** An assertion inside the native transport failed, and one connection was cut off. */
  readonly onConnectionKilled: (error: unknown) => void;
  /** Bounds the bytes of requests over all connections. @default no bound beside that of each */
  readonly requests?: TransportOptions['requests'];
  /** How many connections there may be. @default as many as come */
  readonly limits?: ListenerLimits;
  /** How long a reader of a stream may take nothing before it is cut off, in milliseconds. @default 10 000 */
  readonly readerStallMs?: number;
  /** How long connections may do nothing of use. @default connectionTimes */
  readonly times?: Partial<ConnectionTimes>;
}

const unlimited: ListenerLimits = {
  connectionsMax: Number.POSITIVE_INFINITY,
  connectionsPerPeerMax: undefined,
  onRefused: () => undefined,
};

/** A server that listens. */
export interface Server {
  /** Where it listens, which may differ from what was asked: port 0, or a kernel without IPv6. */
  readonly host: string;
  readonly port: number;
  /** Whether the store can be reached: while it is away, the services that need it are NOT_SERVING. */
  setStoreServing(isServing: boolean): void;
  connections(): ConnectionCounts;
  /** Whether calls can be answered: it does not drain, and the store can be reached. */
  readonly isReady: boolean;
  /**
   * From now on new connections see this certificate; those that are open stay.
   * @throws TypeError if the server was opened without TLS
   */
  replaceTls(options: TlsOptions): void;
  /**
   * Says NOT_SERVING, accepts nothing more, lets the calls under way end for at most `drainMs` and then cuts them
   * off. Idempotent: the first limit counts. Resolves to whether every call ended in time.
   */
  close(drainMs: number): Promise<boolean>;
}

/**
 * Binds and serves. It is SERVING when this resolves.
 * @throws Error of node:net, such as EADDRINUSE
 */
export async function openServer(options: ServerOptions): Promise<Server> {
  const { guard, handlers, reflection = true } = options;
  const served = reflection ? [...services, reflectionService] : services;
  const health = createHealth(served, storeServices);
  const transport = await createTransport(options.transport, {
    handlers,
    guard,
    health,
    reflect: reflection ? createReflect(served, guard) : undefined,
    onInternalError: options.onInternalError,
    observer: options.observer,
    onConnectionKilled: options.onConnectionKilled,
    readerStallMs: options.readerStallMs ?? readerStallMs,
    times: { ...connectionTimes, ...options.times },
    requests: options.requests,
    cut: (peer) => listener.cut(peer),
  });
  const tls = await createTls(options, (socket) => transport.accept(socket));
  const { host, port, limits = unlimited } = options;
  const listener = await openListener(host, port, limits, (socket) =>
    tls === undefined ? transport.accept(socket) : tls.accept(socket),
  );
  health.serve();

  const drain = async (drainMs: number): Promise<boolean> => {
    health.drain();
    listener.stop();
    tls?.close();
    const drained = await transport.drain(drainMs);
    await listener.close();
    return drained;
  };
  let closing: Promise<boolean> | undefined;
  return {
    host: listener.host,
    port: listener.port,
    connections: () => listener.counts(),
    setStoreServing: (isServing) => health.setStoreServing(isServing),
    get isReady() {
      return health.isReady;
    },
    replaceTls(next) {
      if (tls === undefined) throw new TypeError('Expected a server with TLS');
      tls.replace(next);
    },
    close(drainMs) {
      closing ??= drain(drainMs);
      return closing;
    },
  };
}

function createReflect(served: readonly string[], guard: Guard | undefined): TransportOptions['reflect'] {
  const descriptors = readFileSync(new URL('../generated/descriptors.binpb', import.meta.url));
  const reflect = createReflection(descriptors, served);
  return guard === undefined ? reflect : guard('reads', reflect);
}

/** TLS comes before the transport, so that both have the same; without it nothing of it is loaded. */
async function createTls(
  { tls, onHandshakeFailed }: ServerOptions,
  onSecure: (socket: Socket) => void,
): Promise<TlsTerminator | undefined> {
  if (tls === undefined) return undefined;
  const { createTlsTerminator } = await import('../transport/index.ts');
  return createTlsTerminator(tls, { onSecure, onFailure: onHandshakeFailed });
}
