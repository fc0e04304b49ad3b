import { serve } from './composition/serve.ts';
import { parseInvocation, readVersion, type StoreInvocation, usage } from './config/config.ts';
import type { ServerConfig } from './config/settings.ts';
import { faultText, startFault, UsageError } from './config/startup-error.ts';
import { CredentialError, findFaults, openCredentials } from './security/credentials.ts';
import { credentialEvents } from './security/log.ts';
import { createLog, type Log } from './telemetry/log.ts';
import { WarmUpFault } from './warm-up/fault.ts';

const exitFailed = 1;
const exitUsage = 2;

/** Serves with credentials that follow their files, and are read anew at each SIGHUP. */
async function serveWithCredentials(config: ServerConfig, log: Log): Promise<void> {
  const stopped = stopSignal();
  const credentials = openCredentials(config, credentialEvents(log));
  const reload = (): void => credentials.reload('SIGHUP');
  // Without files there is nothing to do at a SIGHUP, and it ends the process, as it does when its terminal closes.
  if (credentials.hasFiles) process.on('SIGHUP', reload);
  try {
    const isInOrder = await serve(config, credentials, log, stopped);
    if (!isInOrder) process.exitCode = exitFailed;
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
  const credentials = openCredentials(config, credentialEvents(createLog('silent')));
  try {
    console.log(await verifyConfigured(config, credentials));
  } finally {
    credentials.close();
  }
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
    case 'verify':
      return await orFail(verify(invocation.config), faultText);
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
