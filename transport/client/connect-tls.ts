import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { alpn, minVersion } from '../io/alpn.ts';

/** Whom a client trusts, and what it shows; everything in PEM. */
export interface ClientTlsOptions {
  /** Who signs the server's certificate. @default the authorities that Node trusts */
  readonly ca?: string | Buffer | undefined;
  /** What the client shows to a server that asks (mTLS). */
  readonly cert?: string | Buffer | undefined;
  /** The private key of `cert`. */
  readonly key?: string | Buffer | undefined;
  /** The name that the server's certificate must carry. @default the host */
  readonly serverName?: string | undefined;
}

/**
 * Begins a TLS connection. A thread that speaks clear text never loads Node's TLS, which takes 5 ms.
 */
export async function connectTls(host: string, port: number, options: ClientTlsOptions): Promise<TLSSocket> {
  const { checkServerIdentity, connect } = await import('node:tls');
  const { serverName = host, ...identity } = options;
  // An address is nothing to ask for (RFC 6066 3); the certificate has to carry it all the same.
  const servername = isIP(serverName) === 0 ? { servername: serverName } : {};
  return connect({
    host,
    port,
    minVersion,
    ALPNProtocols: [alpn],
    checkServerIdentity: (_host, certificate) => checkServerIdentity(serverName, certificate),
    ...identity,
    ...servername,
  });
}
