import cluster from 'node:cluster';
import { readVersion } from '../config/config.ts';
import type { ServerConfig } from '../config/settings.ts';
import { createLock } from '../domain/lock.ts';
import { createRequestBudget } from '../net/request-budget.ts';
import type { LiveCredentials } from '../security/credentials.ts';
import { exposureWarning, logCredentials } from '../security/log.ts';
import type { Server } from '../server.ts';
import { createCache } from '../service/cache.ts';
import { createInFlight } from '../service/in-flight.ts';
import { createMemoryBudget } from '../service/memory-budget.ts';
import { createService } from '../service/service.ts';
import { unavailable } from '../store/ledger.ts';
import { describeStore, parseStoreSpec } from '../store/spec.ts';
import type { MetricsServer } from '../telemetry/admin-http.ts';
import { createRequestLog } from '../telemetry/log-rate-limit.ts';
import { watchStore } from '../telemetry/store-watch.ts';
import {
  createObserver,
  loadMetrics,
  loadServing,
  logMemoryLimit,
  openWorkers,
  throwAwayParts,
} from './open.ts';
import { type Logging, openMetrics, type Parts, serverOptions } from './parts.ts';
import { openConfigured } from './store.ts';

/** A cluster manager, such as pm2 -i or node:cluster, shares the port among processes that share nothing else. */
const clusterWarning =
  'a cluster manager started this server: each process of it has a memory store and a total of its own. ' +
  'Start one process, or name a store that they share: --store redis://HOST:PORT/N';

/**
 * Opens every part, serves until `stopped` resolves with the reason, and closes them in the opposite order.
 * @throws NumStoreError STORE_UNAVAILABLE if the store has failed
 */
export async function serve(
  config: ServerConfig,
  credentials: LiveCredentials,
  { log, output }: Logging,
  stopped: Promise<string>,
): Promise<void> {
  const spec = parseStoreSpec(config.store);
  const password = config.storePassword && 'given';
  const settings = { ...config, store: describeStore(spec), storePassword: password };
  log.info({ version: readVersion(), node: process.version, config: settings }, 'starting');
  logMemoryLimit(config, log);
  const warning = exposureWarning(config);
  if (warning !== undefined) log.warn({ host: config.host }, warning);
  logCredentials(credentials.current, log);
  const metrics = config.metricsPort === undefined ? undefined : await loadMetrics();
  const observer = createObserver(config, log, metrics);
  const lock = createLock({ onWaited: observer?.lockWaited, onHeld: observer?.lockHeld });
  const watch = watchStore(log);
  const { onStatus, onLoss } = watch;
  const store = await openConfigured(config, credentials, {
    lock,
    keysMax: config.maxKeys,
    onStatus,
    onLoss,
    log,
  });
  if (spec.kind === 'memory') log.info('the memory store is empty after each start');
  if (spec.kind === 'memory' && cluster.isWorker) log.warn(clusterWarning);
  try {
    const requests = createRequestBudget(config.requestBytes, createRequestLog(log));
    const storeName = spec.kind;
    const parts = { config, credentials, log, output, metrics, observer, lock, store, storeName, watch };
    await serveCalls({ ...parts, requests }, stopped);
  } finally {
    await store.close();
  }
  log.info('stopped');
  if (store.status === 'failed') throw unavailable(await watch.failed);
}

/** Opens the workers, warms up, and serves calls and metrics until `stopped` resolves or the store has failed. */
async function serveCalls(parts: Parts, stopped: Promise<string>): Promise<void> {
  const { config, log, lock, store, watch } = parts;
  const opening = openWorkers(config, log, parts.observer);
  // The modules load while the workers start on other processors. It is awaited below.
  const loading = loadServing(config);
  loading.catch(() => undefined);
  const pool = await opening;
  let server: Server | undefined;
  let metricsServer: MetricsServer | undefined;
  try {
    const { openServer, warmUp } = await loading;
    const warmth = await warmUp?.(await throwAwayParts(config, pool));
    if (warmth?.kind === 'unreachable')
      log.warn(
        { error: warmth.cause },
        'the loopback interface takes no connection: the first calls are slow',
      );
    const cache = createCache({ bytesMax: config.cacheBytes });
    const memory = createMemoryBudget(config.resultBytes);
    const inFlight = createInFlight();
    const service = createService({ lock, store, cache, inFlight, memory, pool, nMax: config.maxN });
    metricsServer = await openMetrics(parts, { service, cache, pool }, () => server);
    server = await openServer(serverOptions(parts, service));
    follow(server, parts);
    const reason = await Promise.race([stopped, watch.failed]);
    log.info({ reason, drainMs: config.drainMs }, 'stopping');
    const drained = await server.close(config.drainMs);
    if (!drained) log.warn('calls that outlasted the drain were cut off');
  } finally {
    await metricsServer?.close();
    await pool.close();
  }
}

/** The server follows its credentials and its store from now on. */
function follow(server: Server, { config, credentials, log, store, watch }: Parts): void {
  credentials.tell(({ tls }) => tls && server.replaceTls(tls.options));
  watch.tell((status) => server.setStoreServing(status === 'serving'), store);
  if (server.host !== config.host) log.warn({ host: server.host }, 'no IPv6 here: listening on IPv4 only');
  log.info({ host: server.host, port: server.port }, 'listening');
}
