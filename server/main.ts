import { parseInvocation, readVersion, type StoreInvocation, usage } from './config/config.ts';
import type { ServerConfig } from './config/settings.ts';
import { faultText, startFault, UsageError } from './config/startup-error.ts';
import { createLock } from './domain/lock.ts';
import { type ConnectionLimit, noConnections } from './net/listener.ts';
import { computeConcurrency, readCpuQuota } from './pool/cpu-quota.ts';
import { openPool, type Pool } from './pool/pool.ts';
import { createHandlers } from './rpc/handlers.ts';
import type { Observer } from './rpc/observer.ts';
import { createGuard, type Guard, guardInTurn } from './security/authorize.ts';
import {
  CredentialError,
  findFaults,
  type LiveCredentials,
  openCredentials,
} from './security/credentials.ts';
import { credentialEvents, exposureWarning, logCredentials } from './security/log.ts';
import { createRateGuard } from './security/rate-limit.ts';
import type { Token } from './security/token-file.ts';
import type { Server, ServerOptions } from './server.ts';
import { createCache } from './service/cache.ts';
import { createFlights } from './service/in-flight.ts';
import { createResultMemory } from './service/memory-budget.ts';
import { createService } from './service/service.ts';
import { openStore } from './store/open.ts';
import { describeStore, parseStoreSpec } from './store/spec.ts';
import type { Metrics } from './telemetry/admin.ts';
import type { MetricsServer } from './telemetry/admin-http.ts';
import { createLog, type Log } from './telemetry/log.ts';
import { LineLimit } from './telemetry/log-rate-limit.ts';
import { observeAll } from './telemetry/observer.ts';
import { createSlowLog, readTraceId } from './telemetry/slow-log.ts';
import { watchStore } from './telemetry/store-watch.ts';
import { WarmUpFault } from './warm-up/fault.ts';
import type { WarmUp, WarmUpOptions } from './warm-up/warm-up.ts';

const exitFailed = 1;
const exitUsage = 2;

/** Opens every part, serves until `stopped` resolves with the reason, and closes them in the opposite order. */
async function serve(
  config: ServerConfig,
  credentials: LiveCredentials,
  log: Log,
  stopped: Promise<string>,
): Promise<void> {
  const spec = parseStoreSpec(config.store);
  const settings = { ...config, store: describeStore(spec) };
  log.info({ version: readVersion(), node: process.version, config: settings }, 'starting');
  const warning = exposureWarning(config);
  if (warning !== undefined) log.warn({ host: config.host }, warning);
  logCredentials(credentials.current, log);
  const metrics = config.metricsPort === undefined ? undefined : await loadMetrics();
  const observer = createObserver(config, log, metrics);
  const lock = createLock({ onWaited: observer?.lockWaited, onHeld: observer?.lockHeld });
  const watch = watchStore(log);
  const { store: place, namespace, redisWait, maxKeys: keysMax } = config;
  const store = await openStore(place, { lock, keysMax, namespace, redisWait, onStatus: watch.onStatus });
  if (spec.kind === 'memory') log.info('the memory store is empty after each start');
  try {
    // The modules load while the workers start on other processors. It is awaited below.
    const loading = loadServing(config);
    loading.catch(() => undefined);
    const pool = await openWorkers(config, log, observer);
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
      const service = createService({
        lock,
        store,
        cache,
        flights: createFlights(),
        memory: createResultMemory(config.resultBytes),
        pool,
        nMax: config.maxN,
      });
      metricsServer = await metrics?.open({
        host: config.metricsHost,
        port: config.metricsPort ?? 0,
        isReady: () => server?.isReady ?? false,
        connections: () => server?.connections() ?? noConnections,
        onError: (error) => log.error({ error }, 'a request of the metrics port failed'),
        service,
        cache,
        pool,
        store,
        storeName: spec.kind,
        transport: config.transport,
        version: readVersion(),
        limits: config,
      });
      if (metricsServer !== undefined)
        log.info({ host: config.metricsHost, port: metricsServer.port }, 'metrics');
      const calls = await openServer({
        host: config.host,
        port: config.port,
        transport: config.transport,
        handlers: createHandlers(service, spec.kind),
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
      });
      server = calls;
      credentials.tell(({ tls }) => tls && calls.replaceTls(tls.options));
      watch.tell((status) => calls.setStoreServing(status === 'serving'), store);
      if (calls.host !== config.host) log.warn({ host: calls.host }, 'no IPv6 here: listening on IPv4 only');
      log.info({ host: calls.host, port: calls.port }, 'listening');

      const reason = await Promise.race([stopped, watch.failed]);
      log.info({ reason, drainMs: config.drainMs }, 'stopping');
      const drained = await calls.close(config.drainMs);
      if (!drained) log.warn('calls that outlasted the drain were cut off');
    } finally {
      await metricsServer?.close();
      await pool.close();
    }
  } finally {
    await store.close();
  }
  if (store.status === 'failed') process.exitCode = exitFailed;
  log.info('stopped');
}

/** What a call has to pass: its address's share first, so that guessing tokens is no cheaper than other calls. */
function createGuards(
  { maxRatePerPeer, tokenFile }: Pick<ServerConfig, 'maxRatePerPeer' | 'tokenFile'>,
  tokens: () => readonly Token[],
): Guard | undefined {
  return guardInTurn([
    ...(maxRatePerPeer === undefined ? [] : [createRateGuard(maxRatePerPeer)]),
    ...(tokenFile === undefined ? [] : [createGuard(tokens)]),
  ]);
}

/** Logs connections that were refused, in at most one line a second. */
function createRefusalLog(log: Log): (limit: ConnectionLimit, address: string) => void {
  const lines = new LineLimit(1);
  return (limit, address) =>
    lines.admit(performance.now(), (suppressed) =>
      log.warn({ limit, address, suppressed }, 'connection refused'),
    );
}

/** Serves with credentials that follow their files, and are read anew at each SIGHUP. */
async function serveWithCredentials(config: ServerConfig, log: Log): Promise<void> {
  const stopped = stopSignal();
  const credentials = openCredentials(config, credentialEvents(log));
  const reload = (): void => credentials.reload('SIGHUP');
  // Without files there is nothing to do at a SIGHUP, and it ends the process, as it does when its terminal closes.
  if (credentials.hasFiles) process.on('SIGHUP', reload);
  try {
    await serve(config, credentials, log, stopped);
  } finally {
    process.off('SIGHUP', reload);
    credentials.close();
  }
}

/** Loads the modules that serve calls, and the warm-up unless the settings leave it out. */
async function loadServing({ transport, warmUp }: ServerConfig): Promise<Serving> {
  const [server, warming] = await Promise.all([
    import('./server.ts'),
    warmUp ? import('./warm-up/warm-up.ts') : undefined,
    import('./transports/create.ts').then(({ loadTransport }) => loadTransport(transport)),
  ]);
  return { openServer: server.openServer, warmUp: warming?.warmUp };
}

interface Serving {
  readonly openServer: (options: ServerOptions) => Promise<Server>;
  readonly warmUp: ((options: WarmUpOptions) => Promise<WarmUp>) | undefined;
}

/** What the warm-up needs: copies of the observer and the guard, so that it leaves no trace in them. */
async function throwAwayParts(config: ServerConfig, pool: Pool): Promise<WarmUpOptions> {
  const metrics = config.metricsPort === undefined ? undefined : await loadMetrics();
  const maxRatePerPeer = config.maxRatePerPeer === undefined ? undefined : Number.MAX_SAFE_INTEGER;
  return {
    transport: config.transport,
    pool,
    observer: createObserver(config, createLog('silent'), metrics),
    createGuard: (tokens) => createGuards({ ...config, maxRatePerPeer }, () => tokens),
  };
}

/** Only a server that shows metrics loads them. */
async function loadMetrics(): Promise<Metrics> {
  const { createMetrics } = await import('./telemetry/admin.ts');
  return createMetrics();
}

/** Whoever wants to hear of what happens; `undefined` if nobody does, and then nothing is measured. */
function createObserver(
  { slowMs }: ServerConfig,
  log: Log,
  metrics: Metrics | undefined,
): Observer | undefined {
  const observers = [metrics?.observer, slowMs === 0 ? undefined : createSlowLog(log, slowMs)];
  const present = observers.filter((observer) => observer !== undefined);
  return present.length === 0 ? undefined : observeAll(present);
}

function openWorkers(config: ServerConfig, log: Log, observer: Observer | undefined): Promise<Pool> {
  const cpus = readCpuQuota();
  const concurrency = computeConcurrency(cpus);
  if (cpus !== undefined) log.info({ cpus, concurrency }, 'the CPU quota bounds how many workers compute');
  return openPool({
    concurrency,
    queueLimit: config.queueLimit,
    computeMemoryBytes: config.computeMemoryBytes,
    nice: config.workerNice,
    onWorkerLost: (error) => log.warn({ error }, 'worker lost and replaced'),
    onDone: observer?.taskEnded,
    onFallback: (n) => log.warn({ n }, 'the engine failed and BigInt answered'),
  });
}

/** `backup FROM TO` and `verify DIR`, for stores on disk; each says in one line what there is. */
async function runStoreCommand({ command, operands }: StoreInvocation): Promise<void> {
  const { storeCommands } = await import('./store/lmdb/backup.ts');
  console.log(await storeCommands[command](operands));
}

/** Resolves at the first SIGTERM or SIGINT; the second one ends the process at once. */
function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = (signal: string): void => {
      if (asked) process.exit(exitFailed);
      asked = true;
      resolve(signal);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });
}

async function main(): Promise<void> {
  const invocation = parseInvocation(process.argv.slice(2), process.env, findFaults);
  switch (invocation.kind) {
    case 'help':
      return console.log(usage());
    case 'version':
      return console.log(readVersion());
    case 'store':
      return await orFail(runStoreCommand(invocation), faultText);
    case 'serve': {
      const { config } = invocation;
      const serving = serveWithCredentials(config, createLog(config.logLevel));
      return await orFail(serving, (error) => {
        if (error instanceof CredentialError) return error.message;
        if (error instanceof WarmUpFault) return `The warm-up failed: ${error.message}`;
        return startFault(error, config);
      });
    }
  }
}

/** Waits for `work`; if it fails, says so in the words of `describe` and sets the exit code. */
async function orFail(work: Promise<void>, describe: (error: unknown) => string): Promise<void> {
  try {
    await work;
  } catch (error) {
    console.error(describe(error));
    process.exitCode = exitFailed;
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = exitUsage;
}
