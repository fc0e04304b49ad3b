import { createServer, type Server, type Socket } from 'node:net';

/** A listening TCP socket and the connections that it accepted. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Accepts no more connections; those that are open stay. */
  stop(): void;
  /** Cuts the connection of `peer`, its address and port, if it is open. */
  cut(peer: string): void;
  /** Stops, and cuts every connection that is still open. Resolves when all are gone. Idempotent. */
  close(): Promise<void>;
}

/** Every interface, where the kernel has no IPv6. */
const allIpv4 = '0.0.0.0';

/**
 * Listens on `host` and `port` and hands each connection to `onConnection`. Where `host` is `::` and the kernel
 * has no IPv6, listens on 0.0.0.0.
 * @throws Error of node:net, such as EADDRINUSE
 */
export async function openListener(
  host: string,
  port: number,
  onConnection: (socket: Socket) => void,
): Promise<Listener> {
  const sockets = new Map<string, Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    sockets.set(peer, socket);
    socket.once('close', () => sockets.delete(peer));
    // A connection that breaks is its caller's loss; without a listener it would be the process's.
    socket.on('error', () => socket.destroy());
    onConnection(socket);
  });
  const bound = await listenOnAny(server, host, port);
  const closed = new Promise<void>((resolve) => server.once('close', resolve));
  let stopped = false;

  const stop = (): void => {
    if (stopped) return;
    stopped = true;
    server.close();
  };
  return {
    ...bound,
    stop,
    cut: (peer) => sockets.get(peer)?.destroy(),
    close: async () => {
      stop();
      for (const socket of sockets.values()) socket.destroy();
      await closed;
    },
  };
}

async function listenOnAny(
  server: Server,
  host: string,
  port: number,
): Promise<{ host: string; port: number }> {
  try {
    return { host, port: await listen(server, host, port) };
  } catch (error) {
    if (host !== '::' || !isNoIpv6(error)) throw error;
    return { host: allIpv4, port: await listen(server, allIpv4, port) };
  }
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

function isNoIpv6(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'EAFNOSUPPORT' || error.code === 'EADDRNOTAVAIL')
  );
}
