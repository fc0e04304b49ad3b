import { type ChannelOptions, credentials } from '@grpc/grpc-js';
import { NumStoreClient, NumStoreExtendedClient } from '../generated/numstore.ts';
import { formatAddress, formatHostPort, type ServerAddress } from './address.ts';
import { NumStoreClientError } from './client-error.ts';
import { listTarget } from './resolver.ts';

const channelOptions = {
  // one client, its own connections: nothing is shared with another channel of this process
  'grpc.use_local_subchannel_pool': 1,
  // http_proxy is for the web; a loopback call sent through it never arrives
  'grpc.enable_http_proxy': 0,
  // no policy is fetched from DNS, hence no retry that the caller has not asked for
  'grpc.service_config_disable_resolution': 1,
  // a server that is just starting is found soon after it listens, not up to a second later
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
};

/** Keeps a connection to each server, gives each call to the next, and leaves out those that are down. */
const spreadOptions = {
  ...channelOptions,
  'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
};

/** A connection to one server, or one to each of several, with the calls of both services. */
export interface Channel {
  readonly exercise: NumStoreClient;
  readonly extended: NumStoreExtendedClient;
  /** Closes the connections. */
  close(): void;
}

/**
 * Connects, and waits until a connection is up: with several servers, the first of them.
 *
 * @throws NumStoreClientError UNREACHABLE when none is up after `timeoutMs` milliseconds; nothing is left open
 */
export function openChannel(servers: readonly ServerAddress[], timeoutMs: number): Promise<Channel> {
  const { target, options } = describeChannel(servers);
  const exercise = new NumStoreClient(target, credentials.createInsecure(), options);
  return new Promise((resolve, reject) => {
    exercise.waitForReady(Date.now() + timeoutMs, (error) => {
      if (error === undefined) {
        resolve(shareChannel(target, exercise));
        return;
      }
      exercise.close();
      const addresses = servers.map(formatAddress).join(', ');
      const message = `no gRPC server answers at ${addresses} (waited ${timeoutMs / 1000} s)`;
      reject(new NumStoreClientError('UNREACHABLE', message, { cause: error }));
    });
  });
}

function describeChannel(servers: readonly ServerAddress[]): {
  readonly target: string;
  readonly options: ChannelOptions;
} {
  const [first, ...others] = servers;
  if (first === undefined || first.isEach || others.length > 0) {
    return { target: listTarget(servers), options: spreadOptions };
  }
  // "dns:" said explicitly: a host may be called like a scheme
  return { target: `dns:${formatHostPort(first)}`, options: channelOptions };
}

function shareChannel(target: string, exercise: NumStoreClient): Channel {
  const channelOverride = exercise.getChannel();
  const extended = new NumStoreExtendedClient(target, credentials.createInsecure(), { channelOverride });
  return { exercise, extended, close: () => exercise.close() };
}
