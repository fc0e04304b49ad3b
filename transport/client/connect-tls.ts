import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { alpn, minVersion } from '../io/alpn.ts';

/** The authorities that a client trusts, and its own certificate, in PEM. */
export interface ClientTlsOptions {
  /** The authority for the server's certificate. @default the authorities that Node trusts */
  readonly ca?: string | Buffer | undefined;
  /** The client's certificate, for a server that asks (mTLS). */
  readonly cert?: string | Buffer | undefined;
  /** The private key of `cert`. */
  readonly key?: string | Buffer | undefined;
  /** The name that the server's certificate must carry. @default the host */
  readonly serverName?: string | undefined;
}

/**
 * Starts a TLS connection. A thread that speaks clear text never loads Node's TLS, which takes 5
 * ms.
 */
export async function connectTls(host: string, port: number, options: ClientTlsOptions): Promise<TLSSocket> {
  const { checkServerIdentity, connect } = await import('node:tls');
  const { serverName = host, ...identity } = options;
  // SNI carries no addresses (RFC 6066 3). The certificate must name the address nevertheless.
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
