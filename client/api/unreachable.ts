import { formatAddress, type ServerAddress } from './address.ts';
import { describeTlsFault } from './security/tls-error.ts';

/** Milliseconds that a command waits for a server that may be starting. */
export const connectTimeoutMs = 5_000;

/** Where no server answered, and how the client asked. */
export interface Silence {
  readonly servers: readonly ServerAddress[];
  /** milliseconds that the client waited */
  readonly timeoutMs: number;
  readonly isSecure: boolean;
}

/** Say that no server answers, with a hint at TLS where the first server speaks it. */
export async function describeSilence({ servers, timeoutMs, isSecure }: Silence): Promise<string> {
  const message = `no gRPC server answers at ${formatAll(servers)} (waited ${timeoutMs / 1000} s)`;
  const [first] = servers;
  if (isSecure || first === undefined || !(await speaksTls(first))) return message;
  return `${message} in clear text, but one does over TLS: tls, --tls`;
}

/** The servers, as `--host` names them. */
export function formatAll(servers: readonly ServerAddress[]): string {
  return servers.map(formatAddress).join(', ');
}

/** A server that has not answered within that is none, or too slow to be of use for a hint. */
const probeMs = 1000;

/** Whether a server that does not answer in clear text has a mind to speak TLS. Nothing is said to it. */
async function speaksTls({ host, port }: Pick<ServerAddress, 'host' | 'port'>): Promise<boolean> {
  // most runs need no TLS, and loading it takes time
  const { connect } = await import('node:tls');
  return await new Promise((resolve) => {
    const socket = connect({ host, port, ALPNProtocols: ['h2'], timeout: probeMs });
    const end = (isTls: boolean): void => {
      socket.destroy();
      resolve(isTls);
    };
    socket.once('secureConnect', () => end(true));
    socket.once('timeout', () => end(false));
    // a certificate that is not accepted is one all the same
    socket.once('error', (error) => {
      const { isFinal, isClearText } = describeTlsFault(error);
      end(isFinal && !isClearText);
    });
  });
}
