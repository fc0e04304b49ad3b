import { createMemoryStore } from './memory.ts';
import type { RedisCredentials } from './redis/client.ts';
import { parseStoreSpec } from './spec.ts';
import type { Store, StoreOptions } from './store.ts';

export interface OpenStoreOptions extends StoreOptions {
  /**
   * Which of the stores in one Redis this is.
   * @default 'default'
   */
  readonly namespace?: string;
  /**
   * Replicas of Redis that must confirm a write before it is acknowledged.
   * @default 0
   */
  readonly redisWait?: number;
  /** What connections to Redis show and trust, asked before each; a password here replaces that of `spec`. */
  readonly credentials?: () => RedisCredentials;
  /** The name that the certificates of Redis must have. @default the host */
  readonly serverName?: string | undefined;
}

/**
 * Opens the store that `spec` names. Only the program of that store is loaded: lmdb and redis are optional.
 * @throws RangeError if `spec` names none; NumStoreError STORE_UNAVAILABLE, STORE_CORRUPT
 */
export async function openStore(spec: string, options: OpenStoreOptions): Promise<Store> {
  const parsed = parseStoreSpec(spec);
  switch (parsed.kind) {
    case 'memory':
      return createMemoryStore(options);
    case 'lmdb': {
      const { openLmdbStore } = await import('./lmdb/lmdb.ts');
      return openLmdbStore({ ...options, directory: parsed.directory });
    }
    case 'redis': {
      const { openRedisStore } = await import('./redis/redis.ts');
      return openRedisStore({ ...options, place: parsed.place });
    }
  }
}
