import type { Logging } from './composition/parts.ts';
import { serve } from './composition/serve.ts';
import { parseInvocation, readVersion, type StoreInvocation, usage } from './config/config.ts';
import { readMemoryLimit } from './config/memory-limit.ts';
import type { ServerConfig } from './config/settings.ts';
import { faultText, startFault, UsageError } from './config/startup-error.ts';
import { CredentialError, findFaults, openCredentials } from './security/credentials.ts';
import { credentialEvents } from './security/log.ts';
import { createLog } from './telemetry/log.ts';
import { openLogOutput } from './telemetry/log-output.ts';
import { WarmUpFault } from './warm-up/fault.ts';

const exitFailed = 1;
const exitUsage = 2;

/** Serves with credentials that follow their files, and are read anew at each SIGHUP. */
async function serveWithCredentials(config: ServerConfig, logging: Logging): Promise<void> {
  const stopped = stopSignal();
  const credentials = openCredentials(config, credentialEvents(logging.log));
  const reload = (): void => credentials.reload('SIGHUP');
  // Without files there is nothing to do at a SIGHUP, and it ends the process, as it does when its terminal closes.
  if (credentials.hasFiles) process.on('SIGHUP', reload);
  try {
    await serve(config, credentials, logging, stopped);
  } finally {
    process.off('SIGHUP', reload);
    credentials.close();
    // The channel to a cluster manager would keep the process alive.
    if (process.connected) process.disconnect();
  }
}

/** `backup FROM TO` and `verify DIR`, for stores on disk; each says in one line what there is. */
async function runStoreCommand({ command, operands }: StoreInvocation): Promise<void> {
  const { storeCommands } = await import('./store/lmdb/backup.ts');
  console.log(await storeCommands[command](operands));
}

/** Says in one line what is in the store of the settings. */
async function verify(config: ServerConfig): Promise<void> {
  const { verifyConfigured } = await import('./composition/store.ts');
  const credentials = openCredentials(config, credentialEvents(createLog('silent', process.stdout)));
  try {
    console.log(await verifyConfigured(config, credentials));
  } finally {
    credentials.close();
  }
}

/** The same signal again within this time is the same wish: npm passes on what its terminal has sent to all. */
const sameWishMs = 1_000;

/** The process lasts this long after the first: while Node ends, the second would kill it. */
const secondMs = 100;

/** Resolves at the first SIGTERM or SIGINT. Another wish to stop ends the process at once. */
function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    let first: { readonly signal: string; readonly at: number } | undefined;
    const stop = (signal: string): void => {
      const at = performance.now();
      if (first !== undefined && (signal !== first.signal || at - first.at >= sameWishMs))
        process.exit(exitFailed);
      if (first === undefined) setTimeout(() => {}, secondMs);
      first ??= { signal, at };
      resolve(signal);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });
}

async function main(): Promise<void> {
  const invocation = parseInvocation(process.argv.slice(2), process.env, findFaults, readMemoryLimit());
  switch (invocation.kind) {
    case 'help':
      return console.log(usage());
    case 'version':
      return console.log(readVersion());
    case 'store':
      return await orFail(runStoreCommand(invocation), faultText);
    case 'verify':
      return await orFail(verify(invocation.config), faultText);
    case 'serve': {
      const { config } = invocation;
      const output = openLogOutput();
      const log = createLog(config.logLevel, output);
      await orFail(serveWithCredentials(config, { log, output }), (error) => {
        if (error instanceof CredentialError) return error.message;
        if (error instanceof WarmUpFault) return `The warm-up failed: ${error.message}`;
        return startFault(error, config);
      });
      return await output.close();
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
