import { isIP, type Socket } from 'node:net';
import {
  type ConnectionOptions,
  checkServerIdentity,
  connect,
  createSecureContext,
  type PeerCertificate,
} from 'node:tls';
import { CallCredentials, ChannelCredentials, type experimental } from '@grpc/grpc-js';
import type { ServerAddress } from '../address.ts';
import type { TlsOptions } from '../options.ts';
import { limitSilence } from './clear-text-credentials.ts';
import { describeEarlyEnd, describeTlsFault, isEnd, type TlsFault } from './tls-error.ts';

const alpn = 'h2';

/**
 * TLS for grpc-js. What it has itself keeps to itself why a handshake fails, checks each of several servers for the name
 * of the first, and sends an address as if it were a name, which RFC 6066 forbids and Node warns of.
 */
export class TlsCredentials extends ChannelCredentials {
  readonly #options: ConnectionOptions;
  readonly #earlyEnd: TlsFault;
  /** Called with whatever keeps a connection from being made. */
  onFault: (fault: TlsFault) => void = () => undefined;

  /** @param servers each may have a certificate for any of their names */
  constructor(servers: readonly Pick<ServerAddress, 'host'>[], tls: TlsOptions) {
    super();
    const { ca, cert, key, serverName } = tls;
    const names = serverName === undefined ? [...new Set(servers.map(({ host }) => host))] : [serverName];
    const [name = '', ...others] = names;
    const hasName = others.length === 0 && isIP(name) === 0;
    this.#options = {
      secureContext: createSecureContext({ ca, cert, key, minVersion: 'TLSv1.2' }),
      ALPNProtocols: [alpn],
      checkServerIdentity: (_host, certificate) => checkNames(names, certificate),
      ...(hasName ? { servername: name } : {}),
    };
    this.#earlyEnd = describeEarlyEnd(cert !== undefined);
  }

  override _isSecure(): boolean {
    return true;
  }

  override _equals(other: ChannelCredentials): boolean {
    return other === this;
  }

  override _createSecureConnector(
    _target: unknown,
    _options: unknown,
    calls: CallCredentials = CallCredentials.createEmpty(),
  ): experimental.SecureConnector {
    const pending = new Set<Socket>();
    return {
      connect: (socket) => this.#secure(socket, pending),
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => calls,
      destroy: () => {
        for (const socket of pending) socket.destroy();
      },
    };
  }

  #secure(bare: Socket, pending: Set<Socket>): Promise<experimental.SecureConnectResult> {
    return new Promise((resolve, reject) => {
      const socket = connect({ ...this.#options, socket: bare });
      limitSilence(bare);
      limitSilence(socket);
      pending.add(socket);
      const fail = (error: Error): void => {
        reject(error);
        const isEarlyEnd = !pending.has(socket) && isEnd(error);
        this.onFault(isEarlyEnd ? this.#earlyEnd : describeTlsFault(error));
      };
      socket.once('secureConnect', () => {
        pending.delete(socket);
        if (socket.alpnProtocol === alpn) resolve({ socket, secure: true });
        else socket.destroy(new Error('it does not offer HTTP/2'));
      });
      socket.on('error', fail);
      socket.once('close', () => {
        pending.delete(socket);
        reject(new Error('The connection was closed'));
        if (socket.errored === null) this.onFault(this.#earlyEnd);
      });
    });
  }
}

/** A server is one of those that were named if its certificate is for any of the names. */
function checkNames(names: readonly string[], certificate: PeerCertificate): Error | undefined {
  const faults = names.map((name) => checkServerIdentity(name, certificate));
  return faults.includes(undefined) ? undefined : faults[0];
}
