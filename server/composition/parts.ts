import { readVersion } from '../config/config.ts';
import type { ServerConfig } from '../config/settings.ts';
import type { Lock } from '../domain/lock.ts';
import { noConnections } from '../net/listener.ts';
import { createHandlers } from '../rpc/handlers.ts';
import type { Observer } from '../rpc/observer.ts';
import type { LiveCredentials } from '../security/credentials.ts';
import { createGuards } from '../security/rate-limit.ts';
import type { Server, ServerOptions } from '../server.ts';
import type { Service } from '../service/service.ts';
import type { StoreName } from '../store/spec.ts';
import type { Store } from '../store/store.ts';
import type { Metrics, MetricsOptions } from '../telemetry/admin.ts';
import type { MetricsServer } from '../telemetry/admin-http.ts';
import type { Log } from '../telemetry/log.ts';
import { createRefusalLog } from '../telemetry/log-rate-limit.ts';
import { readTraceId } from '../telemetry/slow-log.ts';
import type { StoreWatch } from '../telemetry/store-watch.ts';

/** What serves calls, beside the workers. */
export interface Parts {
  readonly config: ServerConfig;
  readonly credentials: LiveCredentials;
  readonly log: Log;
  readonly metrics: Metrics | undefined;
  readonly observer: Observer | undefined;
  readonly lock: Lock;
  readonly store: Store;
  readonly storeName: StoreName;
  readonly watch: StoreWatch;
}

/** The metrics port, where there is one. It is open before the server, which `server` returns once there is one. */
export async function openMetrics(
  { config, log, metrics, store, storeName, watch }: Parts,
  observed: Pick<MetricsOptions, 'service' | 'cache' | 'pool'>,
  server: () => Server | undefined,
): Promise<MetricsServer | undefined> {
  const opened = await metrics?.open({
    host: config.metricsHost,
    port: config.metricsPort ?? 0,
    isReady: () => server()?.isReady ?? false,
    reason: () => watch.reason,
    connections: () => server()?.connections() ?? noConnections,
    onError: (error) => log.error({ error }, 'a request of the metrics port failed'),
    ...observed,
    store,
    storeName,
    transport: config.transport,
    version: readVersion(),
    limits: config,
  });
  if (opened !== undefined) log.info({ host: config.metricsHost, port: opened.port }, 'metrics');
  return opened;
}

export function serverOptions(parts: Parts, service: Service): ServerOptions {
  const { config, credentials, log, metrics, observer, storeName } = parts;
  return {
    host: config.host,
    port: config.port,
    transport: config.transport,
    handlers: createHandlers(service, storeName),
    limits: {
      connectionsMax: config.maxConnections,
      connectionsPerPeerMax: config.maxConnectionsPerPeer,
      onRefused: createRefusalLog(log),
    },
    observer,
    tls: credentials.current.tls?.options,
    onHandshakeFailed: (failure) => log.debug(failure, 'a TLS handshake failed'),
    guard: createGuards(config, () => credentials.current.tokens),
    reflection: config.reflection,
    onInternalError: (id, error, call) =>
      log.error({ id, error, traceId: call && readTraceId(call) }, 'internal error'),
    onConnectionKilled: (error) => {
      metrics?.connectionKilled();
      log.error({ error }, 'a connection was ended by an assertion');
    },
  };
}
