import type { Log } from '../telemetry/log.ts';
import type { CredentialEvents, Credentials } from './credentials.ts';

/** Says what the credentials are, without saying them: nothing where there are none. */
export function logCredentials({ tls, tokens }: Credentials, log: Log): void {
  for (const warning of tls?.warnings ?? []) log.warn({ warning }, 'a certificate is not valid now');
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
