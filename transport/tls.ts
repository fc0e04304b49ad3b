import type { Socket } from 'node:net';
import { createServer, type Server } from 'node:tls';

/** What a server shows, and what it asks to see; everything in PEM. */
export interface TlsOptions {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** Who signs the certificates of clients: with it every client must show one (mTLS). */
  readonly clientCa?: string | Buffer;
}

/** HTTP/2 over TLS: the name agreed by ALPN (RFC 9113 3.2). */
export const alpn = 'h2';

/** The lowest version that HTTP/2 allows (RFC 9113 9.2). */
const minVersion = 'TLSv1.2';

/** A TLS server that hands on the connections whose clients speak HTTP/2 and, if asked, are who they say. */
export function createTlsServer(options: TlsOptions, onConnection: (socket: Socket) => void): Server {
  const { cert, key, clientCa } = options;
  const mutual = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  const server = createServer({ cert, key, minVersion, ALPNProtocols: [alpn], ...mutual }, (socket) => {
    if (socket.alpnProtocol !== alpn) return void socket.destroy();
    socket.setNoDelay(true);
    onConnection(socket);
  });
  // A client that fails its handshake is its own loss.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}
