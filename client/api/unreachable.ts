import { formatAddress, type ServerAddress } from './address.ts';
import { speaksTls } from './security/tls-probe.ts';

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
