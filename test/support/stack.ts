import assert from 'node:assert/strict';
import { type Cache, createCache } from '../../server/cache/cache.ts';
import { createFlights, type Flights } from '../../server/cache/flights.ts';
import { createHandlers } from '../../server/handlers.ts';
import { createLock, type Lock } from '../../server/lock.ts';
import { openPool, type Pool, type PoolOptions } from '../../server/pool/pool.ts';
import { openServer, type Server } from '../../server/server.ts';
import { createService, type Service } from '../../server/service.ts';
import { createMemoryStore } from '../../server/store/memory.ts';
import type { Store } from '../../server/store/store.ts';

/** The service with its parts, in this process. */
export interface Stack {
  readonly lock: Lock;
  readonly store: Store;
  readonly cache: Cache;
  readonly flights: Flights;
  readonly pool: Pool;
  readonly service: Service;
  /** Closes the parts, and checks that nothing was left behind. */
  close(): Promise<void>;
}

export async function openStack(options: Partial<PoolOptions> = {}): Promise<Stack> {
  const lock = createLock();
  const store = createMemoryStore(lock);
  const cache = createCache();
  const flights = createFlights();
  const pool = await openPool({ queueLimit: 256, ...options });
  const service = createService({ lock, store, cache, flights, pool });
  const close = async (): Promise<void> => {
    await pool.close();
    await store.close();
    // Whoever waited for the pool has its rejection now, and the sections that follow from it have run.
    await lock.run(() => undefined);
    assert.equal(lock.isLocked, false, 'the mutex is free');
    assert.equal(flights.size, 0, 'no flight is left');
    assert.deepEqual([pool.stats().running, pool.stats().queued], [0, 0], 'no task is left');
  };
  return { lock, store, cache, flights, pool, service, close };
}

/** The same behind a real socket. */
export interface ServedStack extends Stack {
  readonly server: Server;
  readonly address: string;
  readonly internalErrors: readonly unknown[];
}

export async function serveStack(options: Partial<PoolOptions> = {}): Promise<ServedStack> {
  const stack = await openStack(options);
  const internalErrors: unknown[] = [];
  const server = await openServer({
    host: '127.0.0.1',
    port: 0,
    handlers: createHandlers(stack.service),
    onInternalError: (_id, error) => internalErrors.push(error),
  });
  const close = async (): Promise<void> => {
    await server.close(0);
    await stack.close();
  };
  return { ...stack, server, address: `127.0.0.1:${server.port}`, internalErrors, close };
}

/** A caller that waits for ever. */
export function patientCaller(): { readonly signal: AbortSignal } {
  return { signal: new AbortController().signal };
}
