import type { Socket } from 'node:net';
import { connect, createServer, type Server, type TLSSocket } from 'node:tls';

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

/** As long as we wait for a preface: longer is no client. */
const handshakeTimeout = 10_000;

/** A TLS server that hands on the connections whose clients speak HTTP/2 and, if asked, are who they say. */
export function createTlsServer(options: TlsOptions, onConnection: (socket: Socket) => void): Server {
  const { cert, key, clientCa } = options;
  const mutual = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  const server = createServer(
    { cert, key, minVersion, handshakeTimeout, ALPNProtocols: [alpn], ...mutual },
    (socket) => {
      if (socket.alpnProtocol !== alpn) return void socket.destroy();
      socket.setNoDelay(true);
      onConnection(socket);
    },
  );
  // A client that fails its handshake is its own loss.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}

/** Whom a client trusts, and what it shows; everything in PEM. */
export interface ClientTlsOptions {
  /** Who signs the server's certificate. @default the authorities that Node trusts */
  readonly ca?: string | Buffer;
  /** What the client shows to a server that asks (mTLS). */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** The name that the server's certificate must carry. @default the host */
  readonly serverName?: string;
}

/** Begins a TLS connection. */
export function connectTls(host: string, port: number, options: ClientTlsOptions): TLSSocket {
  const { serverName, ...identity } = options;
  const servername = serverName === undefined ? {} : { servername: serverName };
  return connect({ host, port, minVersion, ALPNProtocols: [alpn], ...identity, ...servername });
}
