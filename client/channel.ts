import { credentials } from '@grpc/grpc-js';
import { NumStoreClient, NumStoreExtendedClient } from '../generated/numstore.ts';
import { NumStoreClientError } from './client-error.ts';

const channelOptions = {
  // one client, one connection: nothing is shared with another channel of this process
  'grpc.use_local_subchannel_pool': 1,
  // http_proxy is for the web; a loopback call sent through it never arrives
  'grpc.enable_http_proxy': 0,
  // no policy is fetched from DNS, hence no retry that the caller has not asked for
  'grpc.service_config_disable_resolution': 1,
  // a server that is just starting is found soon after it listens, not up to a second later
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
};

/** One connection, with the calls of both services. */
export interface Channel {
  readonly exercise: NumStoreClient;
  readonly extended: NumStoreExtendedClient;
  /** Closes the connection. */
  close(): void;
}

/**
 * Opens a connection and waits until it is up.
 *
 * @param address `host:port`, as `formatAddress` writes it
 * @throws NumStoreClientError UNREACHABLE when it is not up after `timeoutMs` milliseconds; nothing is left open
 */
export function openChannel(address: string, timeoutMs: number): Promise<Channel> {
  // "dns:" said explicitly: a host may be called like a scheme
  const target = `dns:${address}`;
  const exercise = new NumStoreClient(target, credentials.createInsecure(), channelOptions);
  return new Promise((resolve, reject) => {
    exercise.waitForReady(Date.now() + timeoutMs, (error) => {
      if (error === undefined) {
        resolve(shareChannel(target, exercise));
        return;
      }
      exercise.close();
      const message = `no gRPC server answers at ${address} (waited ${timeoutMs / 1000} s)`;
      reject(new NumStoreClientError('UNREACHABLE', message, { cause: error }));
    });
  });
}

function shareChannel(target: string, exercise: NumStoreClient): Channel {
  const channelOverride = exercise.getChannel();
  const extended = new NumStoreExtendedClient(target, credentials.createInsecure(), { channelOverride });
  return { exercise, extended, close: () => exercise.close() };
}

/** `host:port`, with the brackets that an IPv6 address needs there. */
export function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
