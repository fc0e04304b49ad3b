import { formatAddress, isLoopback, serverAddresses } from '../api/address.ts';
import type { ServerWords } from './server-flags.ts';
import type { Terminal } from './terminal.ts';

/**
 * Warns of a token that leaves the machine where everybody on the way can read it. It is no fault: the way may be kept
 * from others by something else, a tunnel say.
 */
export function warnOfClearText({ host, port, security }: ServerWords, { stderr }: Terminal): void {
  if (security.token === undefined || security.tls !== undefined) return;
  const far = serverAddresses(host, port).find((server) => !isLoopback(server.host));
  if (far === undefined) return;
  stderr.write(
    `numstore client: the token goes to ${formatAddress(far)} in clear text: --tls or --tls-ca hides it\n`,
  );
}
