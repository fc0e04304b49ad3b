import type { CredentialFiles } from './credentials.ts';

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
