import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { alpn, minVersion } from './io/alpn.ts';

/** The certificates of a server, in PEM. */
export interface TlsOptions {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** The authority for clients' certificates. With it every client must present one (mTLS). */
  readonly clientCa?: string | Buffer;
}

/**
 * All of TLS 1.3, and of 1.2 those with forward secrecy and AEAD: RFC 9113 9.2.2 forbids the
 * others.
 */
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

/** As long as the server waits for a preface. Clients need less. */
const handshakeMsDefault = 10_000;

/** A client takes milliseconds, so the oldest of more handshakes belongs to none. */
const handshakesMaxDefault = 1024;

/** A handshake that failed. */
export interface HandshakeFailure {
  /** Address and port of the client, if they are still known. */
  readonly peer: string | undefined;
  /** A code of OpenSSL, Node or X.509, such as CERT_HAS_EXPIRED. */
  readonly reason: string;
}

/** What a terminator does with connections. */
export interface TerminatorOptions {
  /** Takes a connection whose handshake has succeeded, with HTTP/2 agreed. */
  readonly onSecure: (socket: Socket) => void;
  /** @default none */
  readonly onFailure?: ((failure: HandshakeFailure) => void) | undefined;
  /** How long a handshake may take, in milliseconds. @default 10 000 */
  readonly handshakeMs?: number;
  /** Handshakes under way at once. Beyond it the oldest is closed. @default 1024 */
  readonly handshakesMax?: number;
}

/** Does the TLS handshake on connections that its owner accepts. */
export interface TlsTerminator {
  /** Begins the handshake on a plain connection. */
  accept(socket: Socket): void;
  /**
   * Uses these certificates for new connections. Open ones, and handshakes under way, keep theirs.
   * @throws Error of OpenSSL if they do not fit together; then nothing changes
   */
  replace(options: TlsOptions): void;
  /** Closes the handshakes under way, and accepts nothing more. */
  close(): void;
}

/**
 * Creates a terminator. Node's TLS is loaded here, and not by an import: a thread that speaks clear
 * text never loads it, which takes 5 ms.
 * @throws Error of OpenSSL if the options do not fit together
 */
export function createTlsTerminator(options: TlsOptions, events: TerminatorOptions): TlsTerminator {
  const { createServer } = process.getBuiltinModule('node:tls');
  const { handshakeMs = handshakeMsDefault, handshakesMax = handshakesMaxDefault } = events;
  const mutual = options.clientCa !== undefined;
  const asksClient = { requestCert: mutual, rejectUnauthorized: mutual };
  // It never listens: `accept` hands it connections.
  const server = createServer({
    ...contextOf(options),
    ...asksClient,
    handshakeTimeout: handshakeMs,
    ALPNProtocols: [alpn],
  });
  /** Sockets in their handshake by address and port, the oldest first. */
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
    // When Node itself has closed the client, the reason is only here.
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
