import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createLock, type Lock } from '../../server/domain/lock.ts';
import { openPool, type Pool, type PoolOptions } from '../../server/pool/pool.ts';
import type { Call } from '../../server/rpc/call.ts';
import { createHandlers } from '../../server/rpc/handlers.ts';
import type { Observer } from '../../server/rpc/observer.ts';
import { openServer, type Server, type ServerOptions } from '../../server/server.ts';
import { type Cache, createCache } from '../../server/service/cache.ts';
import { createInFlight, type InFlight } from '../../server/service/in-flight.ts';
import { createMemoryBudget, type MemoryBudget } from '../../server/service/memory-budget.ts';
import { createService, type Service } from '../../server/service/service.ts';
import { createMemoryStore } from '../../server/store/memory.ts';
import type { Store } from '../../server/store/store.ts';
import type { ConnectionTimes } from '../../server/transports/connection-limits.ts';
import { transport } from './transport.ts';

/** The service with its parts, in this process. */
export interface Stack {
  readonly lock: Lock;
  readonly store: Store;
  readonly cache: Cache;
  readonly inFlight: InFlight;
  readonly memory: MemoryBudget;
  readonly pool: Pool;
  readonly service: Service;
  /** Closes the parts, and checks that nothing was left behind. */
  close(): Promise<void>;
}

export interface StackOptions extends Partial<PoolOptions> {
  readonly cacheBytes?: number;
  readonly resultBytes?: number;
  readonly nMax?: number;
  readonly readerStallMs?: number;
  readonly observer?: Observer;
  readonly times?: Partial<ConnectionTimes>;
}

/** What a server may have besides. */
export type ServedOptions = StackOptions &
  Partial<
    Pick<ServerOptions, 'transport' | 'tls' | 'guard' | 'reflection' | 'onHandshakeFailed' | 'requests'>
  >;

export async function openStack(options: StackOptions = {}): Promise<Stack> {
  const { observer } = options;
  const lock = createLock({ onWaited: observer?.lockWaited, onHeld: observer?.lockHeld });
  const store = createMemoryStore({ lock });
  const cache = createCache({ bytesMax: options.cacheBytes ?? 64 * 2 ** 20 });
  const memory = createMemoryBudget(options.resultBytes ?? 256 * 2 ** 20);
  const inFlight = createInFlight();
  const pool = await openPool({ queueLimit: 256, onDone: observer?.taskEnded, ...options });
  const service = createService({
    lock,
    store,
    cache,
    inFlight,
    memory,
    pool,
    nMax: options.nMax ?? 1_000_000,
  });
  const close = async (): Promise<void> => {
    await pool.close();
    await store.close();
    // Whoever waited for the pool has its rejection now, and the sections that follow from it have run.
    await nextTurn();
    assert.equal(lock.isLocked, false, 'the mutex is free');
    assert.equal(inFlight.size, 0, 'no flight is left');
    assert.ok(memory.usedBytes <= reservedMax(cache), 'nobody holds a result but the cache');
    assert.deepEqual([pool.stats().running, pool.stats().queued], [0, 0], 'no task is left');
  };
  return { lock, store, cache, inFlight, memory, pool, service, close };
}

/** The same behind a real socket. */
export interface ServedStack extends Stack {
  readonly server: Server;
  readonly address: string;
  readonly internalErrors: readonly unknown[];
}

export async function serveStack(options: ServedOptions = {}): Promise<ServedStack> {
  const stack = await openStack(options);
  const internalErrors: unknown[] = [];
  const server = await openServer({
    host: '127.0.0.1',
    port: 0,
    transport: options.transport ?? transport,
    observer: options.observer,
    handlers: createHandlers(stack.service, 'memory'),
    onInternalError: (_id, error) => internalErrors.push(error),
    onConnectionKilled: (error) => internalErrors.push(error),
    times: options.times ?? {},
    tls: options.tls,
    guard: options.guard,
    requests: options.requests,
    ...(options.reflection === undefined ? {} : { reflection: options.reflection }),
    ...(options.onHandshakeFailed === undefined ? {} : { onHandshakeFailed: options.onHandshakeFailed }),
    ...(options.readerStallMs === undefined ? {} : { readerStallMs: options.readerStallMs }),
  });
  const close = async (): Promise<void> => {
    await server.close(0);
    await stack.close();
  };
  return { ...stack, server, address: `127.0.0.1:${server.port}`, internalErrors, close };
}

/** A caller that waits for ever, sends no metadata and reads no trailers. */
export function patientCaller(): Call {
  return {
    signal: new AbortController().signal,
    peer: '127.0.0.1:1',
    metadata: () => undefined,
    setTrailer: () => undefined,
  };
}

/** What a cache may have reserved: what its results take, and the slack of an estimate for each. */
export function reservedMax({ bytes, size }: Cache): number {
  return bytes + 8 * size;
}
