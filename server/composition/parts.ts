import { readVersion } from '../config/config.ts';
import type { ServerConfig } from '../config/settings.ts';
import type { Lock } from '../domain/lock.ts';
import { noConnections } from '../net/listener.ts';
import type { RequestBudget } from '../net/request-budget.ts';
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
import type { LogOutput } from '../telemetry/log-output.ts';
import { createRefusalLog } from '../telemetry/log-rate-limit.ts';
import { readTraceId } from '../telemetry/slow-log.ts';
import type { StoreWatch } from '../telemetry/store-watch.ts';

/** The log, and where its lines go. */
export interface Logging {
  readonly log: Log;
  readonly output: LogOutput;
}

/** What serves calls, beside the workers. */
export interface Parts extends Logging {
  readonly config: ServerConfig;
  readonly credentials: LiveCredentials;
  readonly metrics: Metrics | undefined;
  readonly observer: Observer | undefined;
  readonly lock: Lock;
  readonly store: Store;
  readonly storeName: StoreName;
  readonly watch: StoreWatch;
  readonly requests: RequestBudget;
}

/** The metrics port, where there is one. It is open before the server, which `server` returns once there is one. */
export async function openMetrics(
  { config, log, output, metrics, store, storeName, requests, watch }: Parts,
  observed: Pick<MetricsOptions, 'service' | 'cache' | 'pool'>,
  server: () => Server | undefined,
): Promise<MetricsServer | undefined> {
  const opened = await metrics?.open({
    host: config.metricsHost,
    port: config.metricsPort ?? 0,
    names: config.metricsNames ?? [],
    isReady: () => server()?.isReady ?? false,
    reason: () => watch.reason,
    connections: () => server()?.connections() ?? noConnections,
    requests: () => requests.counts(),
    lostLogLines: () => output.lostLines,
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
  const { config, credentials, log, metrics, observer, storeName, requests } = parts;
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
    requests,
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
