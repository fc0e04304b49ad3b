import type { Log } from '../domain/log.ts';
import type { CredentialEvents, CredentialFiles, Credentials } from './credentials.ts';

/** Says what the credentials are, without saying them: nothing where there are none. */
export function logCredentials({ tls, tokens, storeWarnings }: Credentials, log: Log): void {
  for (const warning of [...(tls?.warnings ?? []), ...storeWarnings])
    log.warn({ warning }, 'a certificate is not valid now');
  if (tls !== undefined) {
    log.info({ expires: tls.expires, asksCallers: tls.options.clientCa !== undefined }, 'TLS');
  }
  if (tokens.length > 0) log.info({ tokens: tokens.length }, 'callers need a token');
}

/** Tells the log of each reading. */
export function credentialEvents(log: Log): CredentialEvents {
  return {
    onReloaded(credentials, reason) {
      log.info({ reason }, 'credentials reloaded');
      logCredentials(credentials, log);
    },
    onRefused: (faults, reason) =>
      log.error({ reason, faults }, 'credentials not reloaded, the last good ones stay'),
  };
}

/** What an operator should know of who can read and call what is served, or `undefined`: on this machine alone all is well. */
export function exposureWarning({
  host,
  tlsCert,
  tokenFile,
}: CredentialFiles & { readonly host: string }): string | undefined {
  if (tlsCert !== undefined || isLoopback(host)) return undefined;
  return tokenFile === undefined
    ? 'listening in clear text to everybody who reaches this port: see --tls-cert, --tls-ca and --token-file'
    : 'tokens travel in clear text, and whoever reads one can use it: see --tls-cert';
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
