import { type ChannelCredentials, type ChannelOptions, connectivityState } from '@grpc/grpc-js';
import { NumStoreClient, NumStoreExtendedClient } from '../../generated/numstore.ts';
import { formatHostPort, type ServerAddress } from './address.ts';
import { awaitConnection, channelOptions, createCredentials } from './connect.ts';
import { connectionsOf, Liveness } from './liveness.ts';
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
  /** A call is under way: find out whether its connection is alive, until `rest`. */
  attend(): void;
  /** No call is under way any longer. */
  rest(): void;
  /** Closes the connections. */
  close(): void;
}

/** How often a connection with calls under way is looked at. */
const checkMs = 100;
/** Time without a connection after which the channel is replaced: its attempt may never end. */
const lostMs = 6_000;

/**
 * Connects, and waits until a connection is up: with several servers, the first of them.
 *
 * @throws NumStoreClientError UNREACHABLE when none is up in time; nothing is left open
 */
export async function openChannel(
  servers: readonly ServerAddress[],
  { timeoutMs, retries, tls }: ChannelSettings,
): Promise<Channel> {
  const credentials = createCredentials(servers, tls);
  const open = (): Clients => openClients(describeChannel(servers, retries), credentials);
  const clients = open();
  await awaitConnection(clients.exercise, { servers, credentials, timeoutMs });
  return new RenewedChannel(clients, open);
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

/** The clients of both services, which share their connections. */
type Clients = Pick<Channel, 'exercise' | 'extended'>;

function openClients(
  { target, options }: ReturnType<typeof describeChannel>,
  credentials: ChannelCredentials,
): Clients {
  const exercise = new NumStoreClient(target, credentials, options);
  const channelOverride = exercise.getChannel();
  return { exercise, extended: new NumStoreExtendedClient(target, credentials, { channelOverride }) };
}

/**
 * Opens fresh connections in the place of those that never come about. The network may swallow an
 * attempt to connect, to which grpc-js sets no limit: every later call would wait for it.
 */
class RenewedChannel implements Channel {
  readonly #open: () => Clients;
  readonly #liveness = new Liveness();
  #clients: Clients;
  #timer: NodeJS.Timeout | undefined;
  #lostSince: number | undefined;

  constructor(clients: Clients, open: () => Clients) {
    this.#clients = clients;
    this.#open = open;
  }

  get exercise(): NumStoreClient {
    return this.#clients.exercise;
  }

  get extended(): NumStoreExtendedClient {
    return this.#clients.extended;
  }

  attend(): void {
    this.#timer ??= setInterval(() => this.#check(performance.now()), checkMs).unref();
  }

  rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (!this.#isLost()) this.#lostSince = undefined;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#clients.exercise.close();
  }

  #isLost(): boolean {
    const state = this.#clients.exercise.getChannel().getConnectivityState(false);
    return state === connectivityState.CONNECTING || state === connectivityState.TRANSIENT_FAILURE;
  }

  #check(now: number): void {
    const { exercise } = this.#clients;
    this.#liveness.check(connectionsOf(exercise), now);
    if (!this.#isLost()) {
      this.#lostSince = undefined;
      return;
    }
    this.#lostSince ??= now;
    if (now - this.#lostSince < lostMs) return;
    this.#lostSince = undefined;
    this.#clients = this.#open();
    // calls that wait for a connection have not been sent, and fail as UNAVAILABLE
    exercise.close();
  }
}
