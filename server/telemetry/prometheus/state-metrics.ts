import { Counter, Gauge, type Registry } from 'prom-client';
import type { PoolStats } from '../../pool/pool.ts';
import type { ServiceCounts } from '../../service/service.ts';
import type { StoreStats } from '../../store/store.ts';
import { readStoreFigures, type SnapshotParts } from '../activity/snapshot.ts';

/** What is counted elsewhere, read when it is asked for. */
interface Reading {
  readonly name: string;
  readonly help: string;
  readonly read: (counts: ServiceCounts) => number;
}

const ofPool = (read: (pool: PoolStats) => number) => (counts: ServiceCounts) => read(counts.pool);

const counters: readonly Reading[] = [
  {
    name: 'numstore_cache_hits_total',
    help: 'Facts whose result was in the cache.',
    read: ({ facts }) => facts.hit,
  },
  {
    name: 'numstore_cache_misses_total',
    help: 'Facts whose result had to be computed.',
    read: ({ facts }) => facts.miss,
  },
  {
    name: 'numstore_cache_joined_total',
    help: 'Facts that waited for the computation of another.',
    read: ({ facts }) => facts.joined,
  },
  {
    name: 'numstore_cache_evictions_total',
    help: 'Results that left the cache for others.',
    read: ({ cache }) => cache.evictions,
  },
  {
    name: 'numstore_pool_worker_restarts_total',
    help: 'Workers that died by themselves and were replaced.',
    read: ofPool(({ workersLost }) => workersLost),
  },
  {
    name: 'numstore_pool_fallbacks_total',
    help: 'Factorials that BigInt computed because the check of the engine had failed.',
    read: ofPool(({ fallbacks }) => fallbacks),
  },
];

const gauges: readonly Reading[] = [
  { name: 'numstore_cache_entries', help: 'Results in the cache.', read: ({ cache }) => cache.size },
  {
    name: 'numstore_cache_bytes',
    help: 'Bytes of the results in the cache.',
    read: ({ cache }) => cache.bytes,
  },
  {
    name: 'numstore_result_bytes',
    help: 'Bytes of all results: kept, being computed, being read.',
    read: ({ resultBytes }) => resultBytes,
  },
  {
    name: 'numstore_pool_queue_length',
    help: 'Factorials that wait for a worker.',
    read: ofPool(({ queued }) => queued),
  },
  {
    name: 'numstore_pool_workers_busy',
    help: 'Workers that compute.',
    read: ofPool(({ running }) => running),
  },
  {
    name: 'numstore_pool_workers_ready',
    help: 'Workers that are warm: idle or computing.',
    read: ofPool(({ ready }) => ready),
  },
];

/** Adds what the parts count by themselves to `registry`. Answers what to call before each look at the registry. */
export function createStateMetrics(registry: Registry, parts: SnapshotParts): () => Promise<void> {
  const registers = [registry];
  const { service, limits, connections, requests, lostLogLines } = parts;
  for (const { name, help, read } of counters) {
    const collect = function (this: Counter): void {
      this.reset();
      this.inc(read(service.counts()));
    };
    new Counter({ name, help, registers, collect });
  }
  for (const { name, help, read } of gauges) {
    const collect = function (this: Gauge): void {
      this.set(read(service.counts()));
    };
    new Gauge({ name, help, registers, collect });
  }
  addConnectionMetrics(registry, connections);
  addRequestMetrics(registry, requests);
  new Counter({
    name: 'numstore_log_lines_lost_total',
    help: 'Lines of the log that could not be written.',
    registers,
    collect() {
      this.reset();
      this.inc(lostLogLines());
    },
  });
  const constant = (name: string, help: string, value: number): void =>
    new Gauge({ name, help, registers }).set(value);
  constant('numstore_pool_queue_limit', 'Factorials that may wait for a worker.', limits.queueLimit);
  constant('numstore_cache_limit_bytes', 'Bytes that the cache may keep.', limits.cacheBytes);
  constant('numstore_result_limit_bytes', 'Bytes that all results may take.', limits.resultBytes);
  new Gauge({
    name: 'numstore_build_info',
    help: 'Always 1; the labels say what runs.',
    labelNames: ['version', 'node', 'transport', 'store'],
    registers,
  }).set(
    { version: parts.version, node: process.version, transport: parts.transport, store: parts.storeName },
    1,
  );
  return createStoreMetrics(registry, parts);
}

function addConnectionMetrics(registry: Registry, counts: SnapshotParts['connections']): void {
  const registers = [registry];
  new Gauge({
    name: 'numstore_connections',
    help: 'Open connections to the port of the calls.',
    registers,
    collect() {
      this.set(counts().open);
    },
  });
  new Counter({
    name: 'numstore_connections_refused_total',
    help: 'Connections that were closed at once: there were too many, of all or of one peer.',
    labelNames: ['limit'],
    registers,
    collect() {
      this.reset();
      for (const [limit, refused] of Object.entries(counts().refused)) this.inc({ limit }, refused);
    },
  });
}

function addRequestMetrics(registry: Registry, counts: SnapshotParts['requests']): void {
  const registers = [registry];
  new Gauge({
    name: 'numstore_request_bytes',
    help: 'Bytes of requests that are not handled.',
    registers,
    collect() {
      this.set(counts().bytes);
    },
  });
  new Counter({
    name: 'numstore_request_refusals_total',
    help: 'How often a connection lost its requests because all requests took too many bytes.',
    registers,
    collect() {
      this.reset();
      this.inc(counts().refusals);
    },
  });
}

/** What the store has to be asked for; while it does not answer, there are no such samples. */
function createStoreMetrics(registry: Registry, { store }: SnapshotParts): () => Promise<void> {
  const registers = [registry];
  const up = new Gauge({
    name: 'numstore_store_up',
    help: 'Whether the store can be reached: 1 or 0.',
    registers,
  });
  const figures: readonly (readonly [Gauge, (stats: StoreStats) => number])[] = [
    [new Gauge({ name: 'numstore_keys', help: 'Keys in the store.', registers }), ({ keys }) => keys],
    [
      new Gauge({
        name: 'numstore_total_value',
        help: 'The total of all values: an int64, shown as a double, so inexact beyond 2^53.',
        registers,
      }),
      ({ total }) => Number(total),
    ],
  ];
  return async () => {
    const stats = await readStoreFigures(store);
    up.set(store.status === 'serving' ? 1 : 0);
    for (const [gauge, read] of figures) {
      if (stats === undefined) gauge.remove();
      else gauge.set(read(stats));
    }
  };
}
