import { performance } from 'node:perf_hooks';
import type { Caller } from '../../domain/caller.ts';
import type { ConnectionCounts } from '../../net/listener.ts';
import type { RequestCounts } from '../../net/request-budget.ts';
import type { Pool, PoolStats } from '../../pool/pool.ts';
import type { WorkerState } from '../../pool/worker-slot.ts';
import { type Cache, type CacheSlot, cacheEntriesMax } from '../../service/cache.ts';
import type { Service } from '../../service/service.ts';
import type { Store, StoreStats, StoreStatus } from '../../store/store.ts';
import type { Activity, MethodActivity, SlowCall } from './activity.ts';
import type { RecentTimes } from './recent.ts';

/** The whole server at one moment, for people who look at it now. Durations are in milliseconds. */
export interface Snapshot {
  /** Of this process: another value of it is another process. */
  readonly startedAt: string;
  readonly uptimeMs: number;
  readonly version: string;
  /** What carries the calls. */
  readonly transport: string;
  /** memory, lmdb or redis, and whether it can be reached. */
  readonly store: {
    readonly name: string;
    readonly status: StoreStatus;
    /** `undefined` while the store does not answer. */
    readonly stats: StoreStats | undefined;
  };
  readonly cache: {
    /** The least recently used first. */
    readonly slots: readonly CacheSlot[];
    readonly entriesMax: number;
    readonly bytes: number;
    readonly bytesMax: number;
    readonly evictions: number;
    readonly hits: number;
    readonly misses: number;
    readonly joined: number;
  };
  readonly results: { readonly bytes: number; readonly bytesMax: number };
  readonly pool: PoolStats & { readonly queueLimit: number; readonly workers: readonly WorkerState[] };
  readonly lock: { readonly wait: RecentTimes; readonly hold: RecentTimes };
  readonly methods: readonly MethodActivity[];
  readonly slowest: readonly SlowCall[];
}

/** What a snapshot is taken of. */
export interface SnapshotParts {
  readonly service: Service;
  readonly cache: Cache;
  readonly pool: Pool;
  readonly store: Store;
  readonly storeName: string;
  readonly transport: string;
  readonly activity: Activity;
  readonly version: string;
  readonly connections: () => ConnectionCounts;
  readonly requests: () => RequestCounts;
  readonly lostLogLines: () => number;
  readonly limits: { readonly queueLimit: number; readonly cacheBytes: number; readonly resultBytes: number };
}

/** Takes a snapshot; asking changes nothing. It waits at most a second for the store. */
export async function takeSnapshot(parts: SnapshotParts): Promise<Snapshot> {
  const { service, cache, pool, store, activity, limits } = parts;
  const stats = await readStoreFigures(store);
  const { facts, resultBytes, pool: poolStats } = service.counts();
  return {
    startedAt: new Date(performance.timeOrigin).toISOString(),
    uptimeMs: performance.now(),
    version: parts.version,
    transport: parts.transport,
    store: { name: parts.storeName, status: store.status, stats },
    cache: {
      slots: cache.slots(),
      entriesMax: cacheEntriesMax,
      bytes: cache.bytes,
      bytesMax: limits.cacheBytes,
      evictions: cache.evictions,
      hits: facts.hit,
      misses: facts.miss,
      joined: facts.joined,
    },
    results: { bytes: resultBytes, bytesMax: limits.resultBytes },
    pool: { ...poolStats, queueLimit: limits.queueLimit, workers: pool.workers() },
    lock: { wait: activity.lockWait(), hold: activity.lockHold() },
    methods: activity.methods(),
    slowest: activity.slowest(),
  };
}

/** A store that leaves people and scrapers waiting for so long is shown as one without figures. */
const answerMsMax = 1000;

/** How much there is in `store`; `undefined` if it does not say so within a second. */
export async function readStoreFigures(store: Pick<Store, 'stats'>): Promise<StoreStats | undefined> {
  const caller: Caller = { signal: AbortSignal.timeout(answerMsMax) };
  try {
    return await store.stats(caller);
  } catch {
    // Why it does not answer is in the log, where each change of its status is.
    return undefined;
  }
}
