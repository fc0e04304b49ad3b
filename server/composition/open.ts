import type { ServerConfig } from '../config/settings.ts';
import { computeConcurrency, readCpuQuota } from '../pool/cpu-quota.ts';
import { openPool, type Pool } from '../pool/pool.ts';
import type { Observer } from '../rpc/observer.ts';
import { createGuards } from '../security/rate-limit.ts';
import type { Server, ServerOptions } from '../server.ts';
import type { Metrics } from '../telemetry/admin.ts';
import { createLog, type Log } from '../telemetry/log.ts';
import { observeAll } from '../telemetry/observer.ts';
import { createSlowLog } from '../telemetry/slow-log.ts';
import type { WarmUp, WarmUpOptions } from '../warm-up/warm-up.ts';

/** Loads the modules that serve calls, and the warm-up unless the settings leave it out. */
export async function loadServing({ transport, warmUp }: ServerConfig): Promise<Serving> {
  const [server, warming] = await Promise.all([
    import('../server.ts'),
    warmUp ? import('../warm-up/warm-up.ts') : undefined,
    import('../transports/create.ts').then(({ loadTransport }) => loadTransport(transport)),
  ]);
  return { openServer: server.openServer, warmUp: warming?.warmUp };
}

interface Serving {
  readonly openServer: (options: ServerOptions) => Promise<Server>;
  readonly warmUp: ((options: WarmUpOptions) => Promise<WarmUp>) | undefined;
}

/** What the warm-up needs: copies of the observer and the guard, so that it leaves no trace in them. */
export async function throwAwayParts(config: ServerConfig, pool: Pool): Promise<WarmUpOptions> {
  const metrics = config.metricsPort === undefined ? undefined : await loadMetrics();
  const maxRatePerPeer = config.maxRatePerPeer === undefined ? undefined : Number.MAX_SAFE_INTEGER;
  return {
    transport: config.transport,
    pool,
    observer: createObserver(config, createLog('silent', { write: () => undefined }), metrics),
    createGuard: (tokens) => createGuards({ ...config, maxRatePerPeer }, () => tokens),
  };
}

/** Says what the memory limit of a container has made of the settings. */
export function logMemoryLimit(config: ServerConfig, log: Log): void {
  const { memoryLimit, computeMemoryBytes, resultBytes, cacheBytes, requestBytes, maxN } = config;
  if (memoryLimit === undefined) return;
  const { bytes: limitBytes, maxNAsked } = memoryLimit;
  const settings = { limitBytes, computeMemoryBytes, resultBytes, cacheBytes, requestBytes };
  log.info(settings, 'the memory limit bounds computations, results and requests');
  if (maxN < maxNAsked) log.warn({ maxN, maxNAsked }, 'the memory limit lowers --max-n');
}

/** Only a server that shows metrics loads them. */
export async function loadMetrics(): Promise<Metrics> {
  const { createMetrics } = await import('../telemetry/admin.ts');
  return createMetrics();
}

/** Whoever wants to hear of what happens; `undefined` if nobody does, and then nothing is measured. */
export function createObserver(
  { slowMs }: ServerConfig,
  log: Log,
  metrics: Metrics | undefined,
): Observer | undefined {
  const observers = [metrics?.observer, slowMs === 0 ? undefined : createSlowLog(log, slowMs)];
  const present = observers.filter((observer) => observer !== undefined);
  return present.length === 0 ? undefined : observeAll(present);
}

export function openWorkers(config: ServerConfig, log: Log, observer: Observer | undefined): Promise<Pool> {
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
