import type { ServerConfig } from '../config/settings.ts';
import { createLock } from '../domain/lock.ts';
import type { LiveCredentials } from '../security/credentials.ts';
import { openStore } from '../store/open.ts';
import { describeStore, parseStoreSpec } from '../store/spec.ts';
import type { Store, StoreOptions } from '../store/store.ts';
import { verifyStore } from '../store/verify.ts';

/** Opens the store of the settings. Each connection of it shows what the credentials are by then. */
export function openConfigured(
  config: ServerConfig,
  credentials: LiveCredentials,
  options: StoreOptions,
): Promise<Store> {
  const { store, namespace, redisWait, storePassword: password, storeTlsServerName: serverName } = config;
  return openStore(store, {
    ...options,
    namespace,
    redisWait,
    serverName,
    credentials: () => ({ ...(password !== undefined && { password }), ...credentials.current.store }),
  });
}

/** Reads the whole store of the settings. @returns one sentence about a sound one @throws NumStoreError */
export async function verifyConfigured(config: ServerConfig, credentials: LiveCredentials): Promise<string> {
  const store = await openConfigured(config, credentials, { lock: createLock() });
  try {
    const name = `${describeStore(parseStoreSpec(config.store))}, namespace ${config.namespace},`;
    return await verifyStore(store, name, { signal: new AbortController().signal });
  } finally {
    await store.close();
  }
}
