import { createCache } from './cache/cache.ts';
import { createFlights } from './cache/flights.ts';
import { parseInvocation, type ServerConfig, UsageError, usage } from './config.ts';
import { NumStoreError } from './errors.ts';
import { createHandlers } from './handlers.ts';
import { createLock } from './lock.ts';
import { createLog, type Log } from './log.ts';
import { openPool } from './pool/pool.ts';
import { openServer } from './server.ts';
import { createService } from './service.ts';
import { storeCommands } from './store/commands.ts';
import { createMemoryStore } from './store/memory.ts';
import { readVersion } from './version.ts';

const exitFailed = 1;
const exitUsage = 2;

/** Opens every part, serves until `stopped` resolves with the reason, and closes them in the opposite order. */
async function serve(config: ServerConfig, log: Log, stopped: Promise<string>): Promise<void> {
  log.info({ version: readVersion(), node: process.version, config }, 'starting');
  log.info('the memory store is empty after each start');
  const lock = createLock();
  const store = createMemoryStore({ lock });
  const pool = await openPool({
    queueLimit: config.queueLimit,
    onWorkerLost: (error) => log.warn({ error }, 'worker lost and replaced'),
  });
  try {
    const service = createService({ lock, store, cache: createCache(), flights: createFlights(), pool });
    const server = await openServer({
      host: config.host,
      port: config.port,
      handlers: createHandlers(service),
      onInternalError: (id, error) => log.error({ id, error }, 'internal error'),
    });
    if (server.host !== config.host) log.warn({ host: server.host }, 'no IPv6 here: listening on IPv4 only');
    log.info({ host: server.host, port: server.port }, 'listening');

    const reason = await stopped;
    log.info({ reason, drainMs: config.drainMs }, 'stopping');
    const drained = await server.close(config.drainMs);
    if (!drained) log.warn('calls that outlasted the drain were cut off');
  } finally {
    await pool.close();
    await store.close();
  }
  log.info('stopped');
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
  // These say what to do by themselves.
  if (error instanceof NumStoreError) return error.message;
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
      return `The server failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
}

/** Runs a command that looks after a store, and exits with 0 only if the store is sound. */
async function maintain(name: keyof typeof storeCommands, given: readonly string[]): Promise<void> {
  const { operands, run } = storeCommands[name];
  if (given.length !== operands.length) {
    throw new UsageError(`Usage: server/main.ts ${name} ${operands.join(' ')}`);
  }
  try {
    console.log(await run(given));
  } catch (error) {
    if (!(error instanceof NumStoreError)) throw error;
    console.error(error.message);
    process.exitCode = exitFailed;
  }
}

function isStoreCommand(word: string): word is keyof typeof storeCommands {
  return Object.hasOwn(storeCommands, word);
}

async function main(): Promise<void> {
  const [word = '', ...operands] = process.argv.slice(2);
  if (isStoreCommand(word)) return maintain(word, operands);
  const invocation = parseInvocation(process.argv.slice(2), process.env);
  switch (invocation.kind) {
    case 'help':
      return console.log(usage());
    case 'version':
      return console.log(readVersion());
    case 'serve': {
      const stopped = stopSignal();
      try {
        return await serve(invocation.config, createLog(invocation.config.logLevel), stopped);
      } catch (error) {
        console.error(startFault(error, invocation.config));
        process.exitCode = exitFailed;
        return;
      }
    }
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = exitUsage;
}
