import { readFileSync } from 'node:fs';
import type { Handlers } from './handlers.ts';
import { createHealth } from './health.ts';
import { openListener } from './listener.ts';
import { createReflection } from './reflection.ts';
import type { OnInternalError } from './status.ts';
import type { Transport, TransportName, TransportOptions } from './transport.ts';

/** Full names of what this server serves; health and reflection know them. */
const services = [
  'NumStore',
  'NumStoreExtended',
  'grpc.health.v1.Health',
  'grpc.reflection.v1.ServerReflection',
] as const;

/** Of these, what cannot answer without the store. */
const storeServices = ['NumStore', 'NumStoreExtended'] as const;

/** A reader that takes nothing for so long is not slow but stuck, and what it holds is needed. */
const readerStallMsDefault = 10_000;

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly transport: TransportName;
  readonly handlers: Handlers;
  readonly onInternalError: OnInternalError;
  /** An assertion inside the native transport failed, and one connection was cut off. */
  readonly onConnectionKilled: (error: unknown) => void;
  /** How long a reader of a stream may take nothing before it is cut off, in milliseconds. @default 10 000 */
  readonly readerStallMs?: number;
}

/** A server that listens. */
export interface Server {
  /** Where it listens, which may differ from what was asked: port 0, or a kernel without IPv6. */
  readonly host: string;
  readonly port: number;
  /** Whether the store can be reached: while it is away, the services that need it are NOT_SERVING. */
  setStoreServing(isServing: boolean): void;
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
  const health = createHealth(services, storeServices);
  const descriptors = readFileSync(new URL('../generated/descriptors.binpb', import.meta.url));
  const transport = await createTransport(options.transport, {
    handlers: options.handlers,
    health,
    reflect: createReflection(descriptors, services),
    onInternalError: options.onInternalError,
    onConnectionKilled: options.onConnectionKilled,
    readerStallMs: options.readerStallMs ?? readerStallMsDefault,
    cut: (peer) => listener.cut(peer),
  });
  const listener = await openListener(options.host, options.port, (socket) => transport.accept(socket));
  health.serve();

  const drain = async (drainMs: number): Promise<boolean> => {
    health.drain();
    listener.stop();
    const drained = await transport.drain(drainMs);
    await listener.close();
    return drained;
  };
  let closing: Promise<boolean> | undefined;
  return {
    host: listener.host,
    port: listener.port,
    setStoreServing: (isServing) => health.setStoreServing(isServing),
    close(drainMs) {
      closing ??= drain(drainMs);
      return closing;
    },
  };
}

/** Only the transport that is used is loaded. */
async function createTransport(name: TransportName, options: TransportOptions): Promise<Transport> {
  switch (name) {
    case 'grpc-js': {
      const { createGrpcJsTransport } = await import('./grpc-js/server.ts');
      return createGrpcJsTransport(options);
    }
    case 'native': {
      const { createNativeServer } = await import('./native/server.ts');
      return createNativeServer(options);
    }
  }
}
