import { createServer, type Server, type Socket } from 'node:net';
import { peerOf, plainAddress } from './peer.ts';

/** A listening TCP socket and the connections that it accepted. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  counts(): ConnectionCounts;
  /** Accepts no more connections; those that are open stay. */
  stop(): void;
  /** Cuts the connection of `peer`, its address and port, if it is open. */
  cut(peer: string): void;
  /** Stops, and cuts every connection that is still open. Resolves when all are gone. Idempotent. */
  close(): Promise<void>;
}

/** How many connections there may be. Those beyond are closed at once. */
export interface ListenerLimits {
  readonly connectionsMax: number;
  /** Of one peer; `undefined` is no limit of its own. */
  readonly connectionsPerPeerMax: number | undefined;
  /** Told of each connection that was closed for that, with the limit and the address that it came from. */
  readonly onRefused: (limit: ConnectionLimit, address: string) => void;
}

/** Of all connections together, or of those of one peer. */
export type ConnectionLimit = 'all' | 'peer';

export interface ConnectionCounts {
  readonly open: number;
  /** Since the start, by the limit that refused them. */
  readonly refused: Readonly<Record<ConnectionLimit, number>>;
}

/** Before there is a listener. */
export const noConnections: ConnectionCounts = { open: 0, refused: { all: 0, peer: 0 } };

/** Every interface, where the kernel has no IPv6. */
const allIpv4 = '0.0.0.0';

/**
 * Listens on `host` and `port` and hands each connection within `limits` to `onConnection`. Where `host` is `::` and the kernel
 * has no IPv6, listens on 0.0.0.0.
 * @throws Error of node:net, such as EADDRINUSE
 */
export async function openListener(
  host: string,
  port: number,
  limits: ListenerLimits,
  onConnection: (socket: Socket) => void,
): Promise<Listener> {
  const sockets = new Map<string, Socket>();
  const refused: Record<ConnectionLimit, number> = { all: 0, peer: 0 };
  const refuse = (limit: ConnectionLimit, address: string): void => {
    refused[limit] += 1;
    limits.onRefused(limit, plainAddress(address));
  };
  const { connectionsPerPeerMax } = limits;
  const peers = connectionsPerPeerMax === undefined ? undefined : new PeerConnections(connectionsPerPeerMax);
  const server = createServer({ noDelay: true }, (socket) => {
    if (peers?.admit(socket) === false) {
      refuse('peer', socket.remoteAddress ?? '');
      socket.destroy();
      return;
    }
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    sockets.set(peer, socket);
    socket.once('close', () => sockets.delete(peer));
    // A connection that breaks is its caller's loss; without a listener it would be the process's.
    socket.on('error', () => socket.destroy());
    onConnection(socket);
  });
  // Node closes those beyond itself, before they cost more than that.
  server.maxConnections = limits.connectionsMax;
  server.on('drop', (dropped) => refuse('all', dropped?.remoteAddress ?? ''));
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
    counts: () => ({ open: sockets.size, refused: { ...refused } }),
    stop,
    cut: (peer) => sockets.get(peer)?.destroy(),
    close: async () => {
      stop();
      for (const socket of sockets.values()) socket.destroy();
      await closed;
    },
  };
}

/** Counts the open connections of each peer. */
class PeerConnections {
  readonly #max: number;
  readonly #open = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Whether the peer of `socket` may have it; counts it until it is closed. */
  admit(socket: Socket): boolean {
    const peer = peerOf(socket.remoteAddress ?? '');
    const open = this.#open.get(peer) ?? 0;
    if (open >= this.#max) return false;
    this.#open.set(peer, open + 1);
    socket.once('close', () => this.#closed(peer));
    return true;
  }

  #closed(peer: string): void {
    const open = this.#open.get(peer) ?? 0;
    if (open > 1) this.#open.set(peer, open - 1);
    else this.#open.delete(peer);
  }
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

function isNoIpv6(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'EAFNOSUPPORT' || error.code === 'EADDRNOTAVAIL')
  );
}

/**
 * Has `server` listen on TCP; answers its port. @param port 0 takes any free one
 * @throws Error of node:net, such as EADDRINUSE
 */
export function listen(server: Server, host: string, port: number): Promise<number> {
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
