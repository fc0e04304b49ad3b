import type { Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { alpn, minVersion } from './io/alpn.ts';

/** What a server shows, and what it asks to see; everything in PEM. */
export interface TlsOptions {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** Who signs the certificates of clients: with it every client must show one (mTLS). */
  readonly clientCa?: string | Buffer;
}

/** All of TLS 1.3, and of 1.2 those with forward secrecy and AEAD, the only ones that RFC 9113 9.2.2 does not forbid. */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** As long as we wait for a preface: longer is no client. */
const handshakeMsDefault = 10_000;

/** A client takes milliseconds, so whoever has waited longest of more than these is none. */
const handshakesMaxDefault = 1024;

/** A client that did not get through its handshake. */
export interface HandshakeFailure {
  /** Its address and port, where they are still known. */
  readonly peer: string | undefined;
  /** A code of OpenSSL, Node or of X.509, such as CERT_HAS_EXPIRED. */
  readonly reason: string;
}

/** What becomes of connections. */
export interface TerminatorOptions {
  /** TLS is done, HTTP/2 is agreed, and the client, if it was asked, is who it says. */
  readonly onSecure: (socket: Socket) => void;
  /** @default none */
  readonly onFailure?: ((failure: HandshakeFailure) => void) | undefined;
  /** How long a handshake may take, in milliseconds. @default 10 000 */
  readonly handshakeMs?: number;
  /** Handshakes that may be under way at once; of more, the oldest is cut off. @default 1024 */
  readonly handshakesMax?: number;
}

/** Does TLS on connections that somebody else accepts. */
export interface TlsTerminator {
  /** Begins the handshake on a plain connection. */
  accept(socket: Socket): void;
  /**
   * From now on new connections see these; those that are open, or begin to be, keep what they have.
   * @throws Error of OpenSSL if they do not fit together; nothing has changed then
   */
  replace(options: TlsOptions): void;
  /** Cuts off the handshakes under way, and hands on nothing more. */
  close(): void;
}

/** @throws Error of OpenSSL if the options do not fit together */
export function createTlsTerminator(options: TlsOptions, events: TerminatorOptions): TlsTerminator {
  const { handshakeMs = handshakeMsDefault, handshakesMax = handshakesMaxDefault } = events;
  const mutual = options.clientCa !== undefined;
  const asksClient = { requestCert: mutual, rejectUnauthorized: mutual };
  // It never listens: it is given its connections.
  const server = createServer({
    ...contextOf(options),
    ...asksClient,
    handshakeTimeout: handshakeMs,
    ALPNProtocols: [alpn],
  });
  /** By address and port, the oldest first. */
  const shaking = new Map<string, Socket>();
  let isClosed = false;

  server.on('secureConnection', (socket: TLSSocket) => {
    shaking.delete(peerOf(socket) ?? '');
    socket.on('error', () => socket.destroy());
    if (socket.alpnProtocol === alpn) {
      // RFC 9113 9.2.1; TLS 1.3 has none.
      socket.disableRenegotiation();
      events.onSecure(socket);
      return;
    }
    events.onFailure?.({ peer: peerOf(socket), reason: 'NO_HTTP2' });
    socket.destroy();
  });
  server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
    // Node says why only here where it has cut the client off itself.
    const { authorizationError } = socket;
    events.onFailure?.({ peer: peerOf(socket), reason: String(authorizationError ?? codeOf(error)) });
    socket.destroy();
  });
  return {
    accept(socket) {
      const peer = peerOf(socket);
      if (isClosed || peer === undefined) return void socket.destroy();
      const [oldest] = shaking.values();
      if (shaking.size >= handshakesMax) oldest?.destroy();
      shaking.set(peer, socket);
      socket.once('close', () => shaking.delete(peer));
      socket.on('error', () => socket.destroy());
      server.emit('connection', socket);
    },
    replace: (next) => server.setSecureContext(contextOf(next)),
    close() {
      isClosed = true;
      for (const socket of shaking.values()) socket.destroy();
    },
  };
}

function contextOf({ cert, key, clientCa }: TlsOptions) {
  return { cert, key, ...(clientCa === undefined ? {} : { ca: clientCa }), minVersion, ciphers } as const;
}

function peerOf({ remoteAddress, remotePort }: Socket): string | undefined {
  return remoteAddress === undefined ? undefined : `${remoteAddress}:${remotePort}`;
}

function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : error.name;
}
