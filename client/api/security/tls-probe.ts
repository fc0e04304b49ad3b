import type { ServerAddress } from '../address.ts';
import { describeTlsFault } from './tls-error.ts';

/** A server that has not answered within that is none, or too slow to be of use for a hint. */
const probeMs = 1000;

/** Whether a server that does not answer in clear text has a mind to speak TLS. Nothing is said to it. */
export async function speaksTls({ host, port }: Pick<ServerAddress, 'host' | 'port'>): Promise<boolean> {
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
