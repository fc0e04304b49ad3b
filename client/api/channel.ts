import type { ChannelCredentials, ChannelOptions } from '@grpc/grpc-js';
import { NumStoreClient, NumStoreExtendedClient } from '../../generated/numstore.ts';
import { formatHostPort, type ServerAddress } from './address.ts';
import { awaitConnection, channelOptions, createCredentials } from './connect.ts';
import type { TlsOptions } from './options.ts';
import { listTarget } from './server-list-resolver.ts';

/** Keeps a connection to each server, gives each call to the next, and leaves out those that are down. */
const spread = { loadBalancingConfig: [{ round_robin: {} }] };

/** The calls that change nothing may happen twice. A write may not: its caller alone knows whether it has happened. */
const retryReads = {
  methodConfig: [
    {
      name: [
        { service: 'NumStore', method: 'Fact' },
        ...['FactExact', 'GetNum', 'ListNums', 'GetStats'].map((method) => ({
          service: 'NumStoreExtended',
          method,
        })),
      ],
      // A server that is started again takes about a second; gRPC allows five attempts at most.
      retryPolicy: {
        maxAttempts: 5,
        initialBackoff: '0.1s',
        maxBackoff: '1s',
        backoffMultiplier: 2,
        retryableStatusCodes: ['UNAVAILABLE'],
      },
    },
  ],
};

/** How a channel is opened. */
export interface ChannelSettings {
  /** milliseconds to wait until a connection is up */
  readonly timeoutMs: number;
  /** whether calls that change nothing are tried again where the server is UNAVAILABLE */
  readonly retries: boolean;
  /** undefined: clear text */
  readonly tls: TlsOptions | undefined;
}

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
 * @throws NumStoreClientError UNREACHABLE when none is up in time; nothing is left open
 */
export async function openChannel(
  servers: readonly ServerAddress[],
  { timeoutMs, retries, tls }: ChannelSettings,
): Promise<Channel> {
  const { target, options } = describeChannel(servers, retries);
  const credentials = createCredentials(servers, tls);
  const exercise = new NumStoreClient(target, credentials, options);
  await awaitConnection(exercise, { servers, credentials, timeoutMs });
  return shareChannel(target, exercise, credentials);
}

function describeChannel(
  servers: readonly ServerAddress[],
  retries: boolean,
): { readonly target: string; readonly options: ChannelOptions } {
  const [first, ...others] = servers;
  const isSpread = first === undefined || first.isEach || others.length > 0;
  const serviceConfig = { ...(isSpread ? spread : {}), ...(retries ? retryReads : {}) };
  return {
    // "dns:" said explicitly: a host may be called like a scheme
    target: isSpread ? listTarget(servers) : `dns:${formatHostPort(first)}`,
    options: { ...channelOptions, 'grpc.service_config': JSON.stringify(serviceConfig) },
  };
}

function shareChannel(target: string, exercise: NumStoreClient, credentials: ChannelCredentials): Channel {
  const channelOverride = exercise.getChannel();
  const extended = new NumStoreExtendedClient(target, credentials, { channelOverride });
  return { exercise, extended, close: () => exercise.close() };
}
