import { credentials, Metadata } from '@grpc/grpc-js';
import {
  HealthClient,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../generated/grpc/health/v1/health.ts';
import { parseInvocation } from './config.ts';

/**
 * The container's HEALTHCHECK: asks the server that has the same settings on this machine, and exits 0 only if it
 * is SERVING.
 */

const timeoutMs = 2000;

/** The address under which a server that listens on `host` is reached from its own machine. */
function localAddress(host: string, port: number): string {
  const reached = host === '::' || host === '0.0.0.0' ? '127.0.0.1' : host;
  return reached.includes(':') ? `[${reached}]:${port}` : `${reached}:${port}`;
}

const invocation = parseInvocation(process.argv.slice(2), process.env);
if (invocation.kind !== 'serve') throw new TypeError('Expected settings of the server');
const { host, port } = invocation.config;

const client = new HealthClient(localAddress(host, port), credentials.createInsecure(), {
  'grpc.enable_http_proxy': 0,
});
const deadline = Date.now() + timeoutMs;
client.check({ service: '' }, new Metadata(), { deadline }, (error, response) => {
  client.close();
  if (response?.status === ServingStatus.SERVING) return;
  console.error(error?.message ?? 'The server is not serving');
  process.exitCode = 1;
});
