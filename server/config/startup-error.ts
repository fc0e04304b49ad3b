import { NumStoreError } from '../domain/errors.ts';
import type { ServerConfig } from './settings.ts';

/** Every fault of the settings, in one message. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What to tell an operator whose server did not start. */
export function startFault(error: unknown, config: ServerConfig): string {
  if (!(error instanceof Error)) return faultText(error);
  const isOfMetrics = 'port' in error && error.port !== config.port && error.port === config.metricsPort;
  const flag = isOfMetrics ? '--metrics-port' : '--port';
  const port = isOfMetrics ? config.metricsPort : config.port;
  const address = 'address' in error ? error.address : config.host;
  switch ('code' in error ? error.code : undefined) {
    case 'EADDRINUSE':
      return `Port ${port} is in use; choose another with ${flag}, or stop the program that holds it`;
    case 'EACCES':
      return `Port ${port} needs more rights than this user has; choose one above 1023 with ${flag}`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${address ?? config.host} is no address of this machine; choose another with ${isOfMetrics ? '--metrics-host' : '--host'}`;
    default:
      return faultText(error);
  }
}

/** Our own faults say what to do; of any other the stack may help. */
export function faultText(error: unknown): string {
  if (error instanceof NumStoreError || error instanceof UsageError) return error.message;
  return `The server failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
