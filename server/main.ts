import { createCache } from './cache/cache.ts';
import { createFlights } from './cache/flights.ts';
import { createResultMemory } from './cache/result-memory.ts';
import { parseInvocation, type ServerConfig, type StoreInvocation, UsageError, usage } from './config.ts';
import { computeConcurrency, readCpuQuota } from './cpu-quota.ts';
import { NumStoreError } from './errors.ts';
import { createHandlers } from './handlers.ts';
import { createLock } from './lock.ts';
import { createLog, type Log } from './log.ts';
import { openPool, type Pool } from './pool/pool.ts';
import { openServer } from './server.ts';
import { createService } from './service.ts';
import { openStore } from './store/open.ts';
import { describeStore, parseStoreSpec } from './store/spec.ts';
import type { Store, StoreStatus } from './store/store.ts';
import { readVersion } from './version.ts';

const exitFailed = 1;
const exitUsage = 2;

/** Opens every part, serves until `stopped` resolves with the reason, and closes them in the opposite order. */
async function serve(config: ServerConfig, log: Log, stopped: Promise<string>): Promise<void> {
  const spec = parseStoreSpec(config.store);
  const settings = { ...config, store: describeStore(spec) };
  log.info({ version: readVersion(), node: process.version, config: settings }, 'starting');
  const lock = createLock();
  const watch = watchStore(log);
  const { store: place, namespace, redisWait } = config;
  const store = await openStore(place, { lock, namespace, redisWait, onStatus: watch.onStatus });
  if (spec.kind === 'memory') log.info('the memory store is empty after each start');
  try {
    const pool = await openWorkers(config, log);
    try {
      const service = createService({
        lock,
        store,
        cache: createCache({ bytesMax: config.cacheBytes }),
        flights: createFlights(),
        memory: createResultMemory(config.resultBytes),
        pool,
        nMax: config.maxN,
      });
      const server = await openServer({
        host: config.host,
        port: config.port,
        transport: config.transport,
        handlers: createHandlers(service, spec.kind),
        onInternalError: (id, error) => log.error({ id, error }, 'internal error'),
        onConnectionKilled: (error) => log.error({ error }, 'a connection was ended by an assertion'),
      });
      watch.tell((status) => server.setStoreServing(status === 'serving'), store);
      if (server.host !== config.host)
        log.warn({ host: server.host }, 'no IPv6 here: listening on IPv4 only');
      log.info({ host: server.host, port: server.port }, 'listening');

      const reason = await Promise.race([stopped, watch.failed]);
      log.info({ reason, drainMs: config.drainMs }, 'stopping');
      const drained = await server.close(config.drainMs);
      if (!drained) log.warn('calls that outlasted the drain were cut off');
    } finally {
      await pool.close();
    }
  } finally {
    await store.close();
  }
  if (store.status === 'failed') process.exitCode = exitFailed;
  log.info('stopped');
}

function openWorkers(config: ServerConfig, log: Log): Promise<Pool> {
  const cpus = readCpuQuota();
  const concurrency = computeConcurrency(cpus);
  if (cpus !== undefined) log.info({ cpus, concurrency }, 'the CPU quota bounds how many workers compute');
  return openPool({
    concurrency,
    queueLimit: config.queueLimit,
    computeMemoryBytes: config.computeMemoryBytes,
    nice: config.workerNice,
    onWorkerLost: (error) => log.warn({ error }, 'worker lost and replaced'),
    onFallback: (n) => log.warn({ n }, 'the engine failed and BigInt answered'),
  });
}

/** What happens to the store: logged, told to the server once there is one, and `failed` when it is over. */
interface StoreWatch {
  readonly onStatus: (status: StoreStatus, cause: unknown) => void;
  readonly failed: Promise<string>;
  tell(listener: (status: StoreStatus) => void, store: Store): void;
}

function watchStore(log: Log): StoreWatch {
  let listen: (status: StoreStatus) => void = () => undefined;
  let fail: (reason: string) => void = () => undefined;
  const failed = new Promise<string>((resolve) => {
    fail = resolve;
  });
  return {
    failed,
    onStatus(status, cause) {
      if (status === 'serving') log.info('the store is back');
      else log.error({ error: cause }, status === 'away' ? 'the store is away' : 'the store has failed');
      listen(status);
      if (status === 'failed') fail('the store has failed');
    },
    tell(listener, store) {
      listen = listener;
      listener(store.status);
    },
  };
}

/** `backup FROM TO` and `verify DIR`, for stores on disk; each says in one line what there is. */
async function runStoreCommand({ command, operands }: StoreInvocation): Promise<void> {
  const { storeCommands } = await import('./store/commands.ts');
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

/** What to tell an operator whose server did not start. */
function startFault(error: unknown, { host, port }: ServerConfig): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is in use; choose another with --port, or stop the program that holds it`;
    case 'EACCES':
      return `Port ${port} needs more rights than this user has; choose one above 1023 with --port`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine; choose another with --host`;
    default:
      return faultText(error);
  }
}

/** Our own faults say what to do; of any other the stack may help. */
function faultText(error: unknown): string {
  if (error instanceof NumStoreError) return error.message;
  return `The server failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

async function main(): Promise<void> {
  const invocation = parseInvocation(process.argv.slice(2), process.env);
  switch (invocation.kind) {
    case 'help':
      return console.log(usage());
    case 'version':
      return console.log(readVersion());
    case 'store':
      return await orFail(runStoreCommand(invocation), faultText);
    case 'serve': {
      const { config } = invocation;
      const serving = serve(config, createLog(config.logLevel), stopSignal());
      return await orFail(serving, (error) => startFault(error, config));
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
