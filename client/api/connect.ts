import type { ChannelCredentials, Client } from '@grpc/grpc-js';
import type { ServerAddress } from './address.ts';
import { NumStoreClientError } from './client-error.ts';
import type { TlsOptions } from './options.ts';
import { ClearTextCredentials } from './security/clear-text-credentials.ts';
import { TlsCredentials } from './security/tls-credentials.ts';
import type { TlsFault } from './security/tls-error.ts';
import { describeSilence, formatAll } from './unreachable.ts';

/** Whom a client of grpc-js is to be connected with. */
export interface Connecting {
  readonly servers: readonly ServerAddress[];
  readonly credentials: ChannelCredentials;
  /** milliseconds to wait until a connection is up: with several servers, the first of them */
  readonly timeoutMs: number;
}

/** How each client of grpc-js connects. */
export const channelOptions = {
  // one client, its own connections: nothing is shared with another channel of this process
  'grpc.use_local_subchannel_pool': 1,
  // Statistics that cost time in each call and that nothing here reads.
  'grpc.enable_channelz': 0,
  // http_proxy is for the web; a loopback call sent through it never arrives
  'grpc.enable_http_proxy': 0,
  // no policy is fetched from DNS, hence no retry that is not meant
  'grpc.service_config_disable_resolution': 1,
  // a server that is just starting is found soon after it listens, not up to a second later
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  // a name that moves to another address is looked up again as its old connection is lost
  'grpc.dns_min_time_between_resolutions_ms': 1000,
};

/** @param tls undefined: clear text */
export function createCredentials(
  servers: readonly ServerAddress[],
  tls: TlsOptions | undefined,
): ChannelCredentials {
  return tls === undefined ? new ClearTextCredentials() : new TlsCredentials(servers, tls);
}

/** The timer of a wait that is broken off holds up the end of the process: so long at the most. */
const stepMs = 100;

/**
 * Waits until a connection is up. A server that will never be talked to over TLS is not waited for.
 *
 * @throws NumStoreClientError UNREACHABLE, with the reason if there is one; the client is closed then
 */
export async function awaitConnection(client: Client, connecting: Connecting): Promise<void> {
  const { servers, credentials: secured, timeoutMs } = connecting;
  const deadline = Date.now() + timeoutMs;
  let fault: TlsFault | undefined;
  if (secured instanceof TlsCredentials) {
    secured.onFault = (met) => {
      fault = met;
    };
  }
  // where there are several, another may do
  const isHopeless = (): boolean => fault?.isFinal === true && isOne(servers);
  let failure: Error | undefined;
  do {
    failure = await waitForReady(client, Math.min(deadline, Date.now() + stepMs));
  } while (failure !== undefined && Date.now() < deadline && !isHopeless());
  if (failure === undefined) return;
  client.close();
  const message =
    fault === undefined
      ? await describeSilence({ servers, timeoutMs, isSecure: secured instanceof TlsCredentials })
      : describeFault(servers, fault);
  throw new NumStoreClientError('UNREACHABLE', message, { cause: failure });
}

function waitForReady(client: Client, deadline: number): Promise<Error | undefined> {
  return new Promise((resolve) => client.waitForReady(deadline, resolve));
}

function isOne([first, ...others]: readonly ServerAddress[]): boolean {
  return first?.isEach === false && others.length === 0;
}

function describeFault(servers: readonly ServerAddress[], { reason }: TlsFault): string {
  const last = isOne(servers) ? '' : 'the last of them: ';
  return `no secure connection to ${formatAll(servers)}: ${last}${reason}`;
}
