import { readFileSync } from 'node:fs';
import { type ChannelCredentials, credentials, Metadata } from '@grpc/grpc-js';
import {
  HealthClient,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../generated/grpc/health/v1/health.ts';
import { parseInvocation } from './config/config.ts';
import type { ServerConfig } from './config/settings.ts';

/**
 * The container's HEALTHCHECK: asks the server that has the same settings on this machine, and exits 0 only if it
 * is SERVING. Health is open, so no token is sent. Where callers must show a certificate (`--tls-ca`), it shows the
 * server's own, or that of NUMSTORE_HEALTH_TLS_CERT and NUMSTORE_HEALTH_TLS_KEY, where the server's is for servers alone.
 */

const timeoutMs = 2000;

/** The address under which a server that listens on `host` is reached from its own machine. */
function localAddress(host: string, port: number): string {
  const reached = host === '::' || host === '0.0.0.0' ? '127.0.0.1' : host;
  return reached.includes(':') ? `[${reached}]:${port}` : `${reached}:${port}`;
}

/** @throws Error when a file of a certificate or its key cannot be read or used */
function createCredentials({ tlsCert, tlsKey, tlsCa }: ServerConfig): ChannelCredentials {
  if (tlsCert === undefined) return credentials.createInsecure();
  const { NUMSTORE_HEALTH_TLS_CERT: certFile = tlsCert, NUMSTORE_HEALTH_TLS_KEY: keyFile = tlsKey } =
    process.env;
  const isAsked = tlsCa !== undefined && keyFile !== undefined;
  const [key, cert] = isAsked ? [readFileSync(keyFile), readFileSync(certFile)] : [null, null];
  // Whose certificate it is does not matter: nothing leaves this machine, nothing that is sent is secret, and the answer
  // is about the port, whoever has it, as it is in clear text. To ask for the one in the file would stop a server that
  // stays with its last good one while the files are being exchanged, or are bad.
  return credentials.createSsl(null, key, cert, { rejectUnauthorized: false });
}

function check(config: ServerConfig): void {
  const client = new HealthClient(localAddress(config.host, config.port), createCredentials(config), {
    'grpc.enable_http_proxy': 0,
    // Node warns of an address in the place of a name, which grpc-js would put there.
    'grpc.ssl_target_name_override': 'localhost',
  });
  const deadline = Date.now() + timeoutMs;
  client.check({ service: '' }, new Metadata(), { deadline }, (error, response) => {
    client.close();
    if (response?.status !== ServingStatus.SERVING) fail(error?.message ?? 'The server is not serving');
  });
}

function fail(reason: string): void {
  console.error(reason);
  process.exitCode = 1;
}

try {
  const invocation = parseInvocation(process.argv.slice(2), process.env);
  if (invocation.kind !== 'serve') throw new TypeError('Expected settings of the server');
  check(invocation.config);
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
