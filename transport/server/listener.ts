import { createServer, type Server, type Socket } from 'node:net';
import { createTlsTerminator, type TlsOptions } from '../tls.ts';
import type { GrpcServerOptions } from './options.ts';
import { createGrpcServer, type ServerCounts } from './server.ts';

/** Where and how to listen, and what to serve. */
export interface ListenerOptions extends GrpcServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Without it connections are plain. */
  readonly tls?: TlsOptions;
}

/** A server that listens. */
export interface GrpcListener extends AsyncDisposable {
  readonly port: number;
  counts(): ServerCounts;
  /**
   * Accepts no more connections, waits at most `drainMs` for calls to end (0: not at all), and
   * closes what is left. Idempotent: the first limit counts. Resolves to whether every call ended
   * in time.
   */
  close(drainMs?: number): Promise<boolean>;
}

/**
 * Listens and serves.
 * @throws Error of node:net, such as EADDRINUSE
 */
export async function openGrpcListener(options: ListenerOptions): Promise<GrpcListener> {
  const server = createGrpcServer(options);
  const accept = (socket: Socket): void => server.accept(socket);
  const tls = options.tls && createTlsTerminator(options.tls, { onSecure: accept });
  const listener = createServer({ noDelay: true }, (socket) =>
    tls === undefined ? accept(socket) : tls.accept(socket),
  );
  const port = await listen(listener, options.host, options.port);

  const shutDown = async (drainMs: number): Promise<boolean> => {
    const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
    tls?.close();
    const isInTime = await server.drain(drainMs);
    await server.close();
    await closed;
    return isInTime;
  };
  let closing: Promise<boolean> | undefined;
  const close = (drainMs = 0): Promise<boolean> => {
    closing ??= shutDown(drainMs);
    return closing;
  };
  return {
    port,
    counts: () => server.counts(),
    close,
    [Symbol.asyncDispose]: async () => void (await close()),
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new TypeError('Expected a TCP address'));
      else resolve(address.port);
    });
  });
}
