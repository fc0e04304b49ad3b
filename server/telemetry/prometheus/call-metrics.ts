import { Counter, type Registry } from 'prom-client';
import type { Observer } from '../../rpc/observer.ts';
import { statusNames } from '../../rpc/status.ts';
import { createDurations, type DurationSeries, type Durations } from './durations.ts';
import { type MethodLabels, methodLabels, storeOperations } from './methods.ts';

/** From a call on the same machine to one that waits for a factorial of millions, in seconds. */
const callBounds = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** From a section of the lock that finds it free to one behind a stalled event loop, in seconds. */
const lockBounds = [0.000005, 0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.005, 0.025, 0.1];

const byMethod = ['grpc_type', 'grpc_service', 'grpc_method'] as const;

type AllDurations = Readonly<
  Record<'handling' | 'store' | 'poolWait' | 'poolRun' | 'lockWait' | 'lockHold', Durations>
>;

/** What one method has done. */
interface MethodSeries {
  readonly labels: MethodLabels;
  started: number;
  /** By status. */
  readonly handled: Map<string, number>;
  readonly handling: DurationSeries;
  readonly store: DurationSeries | undefined;
}

/** Counts and times what is observed. */
export interface CallMetrics {
  readonly observer: Observer;
  /** The histograms, beside what is in the registry. */
  histograms(): string;
}

/**
 * Adds its counters to `registry`. Every method is there from the start with every status, at zero: a series that came
 * with its first error would show no rise at it.
 */
export function createCallMetrics(registry: Registry): CallMetrics {
  const durations = createAllDurations();
  const methods = createMethodSeries(durations);
  addCounters(registry, [...methods.values()]);
  const series = {
    poolWait: durations.poolWait.series(),
    poolRun: durations.poolRun.series(),
    lockWait: durations.lockWait.series(),
    lockHold: durations.lockHold.series(),
  };
  return {
    observer: {
      callStarted(path) {
        const method = methods.get(path);
        if (method !== undefined) method.started += 1;
      },
      callEnded({ path, code, durationMs, call }) {
        const method = methods.get(path);
        if (method === undefined) return;
        method.handled.set(code, (method.handled.get(code) ?? 0) + 1);
        method.handling.observe(durationMs);
        const storeMs = call.timing?.storeMs ?? 0;
        // A call that was refused before it reached the store says nothing about it.
        if (code === 'OK' || storeMs > 0) method.store?.observe(storeMs);
      },
      taskEnded({ waitMs, runMs }) {
        series.poolWait.observe(waitMs);
        series.poolRun.observe(runMs);
      },
      lockWaited: (ms) => series.lockWait.observe(ms),
      lockHeld: (ms) => series.lockHold.observe(ms),
    },
    histograms: () =>
      Object.values(durations)
        .map((histogram) => histogram.text())
        .join('\n'),
  };
}

/** Every histogram, in the order in which they are rendered. */
function createAllDurations(): AllDurations {
  const handling = createDurations({
    name: 'grpc_server_handling_seconds',
    help: 'From the arrival of a request until its answer was handed to the transport.',
    bounds: callBounds,
  });
  const store = createDurations({
    name: 'numstore_store_seconds',
    help: 'What the store took for a call beyond the wait for its lock: disk or network.',
    bounds: callBounds,
  });
  const poolWait = createDurations({
    name: 'numstore_pool_wait_seconds',
    help: 'How long factorials that were computed had waited for a worker.',
    bounds: callBounds,
  });
  const poolRun = createDurations({
    name: 'numstore_pool_run_seconds',
    help: 'How long a worker computed a factorial.',
    bounds: callBounds,
  });
  const lockWait = createDurations({
    name: 'numstore_lock_wait_seconds',
    help: 'How long sections waited for the lock.',
    bounds: lockBounds,
  });
  const lockHold = createDurations({
    name: 'numstore_lock_hold_seconds',
    help: 'How long the lock was held, by the sections that shared one acquisition.',
    bounds: lockBounds,
  });
  return { handling, store, poolWait, poolRun, lockWait, lockHold };
}

/** What each method does, by its path. Methods that ask the same of the store share a series of it. */
function createMethodSeries({ handling, store }: AllDurations): ReadonlyMap<string, MethodSeries> {
  const operations = new Map(
    [...new Set(storeOperations.values())].map((operation) => [operation, store.series({ operation })]),
  );
  const methods = new Map<string, MethodSeries>();
  for (const [path, labels] of methodLabels) {
    const operation = storeOperations.get(path);
    methods.set(path, {
      labels,
      started: 0,
      handled: new Map(statusNames.map((name) => [name, 0])),
      handling: handling.series({ ...labels }),
      store: operation === undefined ? undefined : operations.get(operation),
    });
  }
  return methods;
}

function addCounters(registry: Registry, methods: readonly MethodSeries[]): void {
  const registers = [registry];
  new Counter({
    name: 'grpc_server_started_total',
    help: 'Calls that came in.',
    labelNames: byMethod,
    registers,
    collect() {
      this.reset();
      for (const { labels, started } of methods) this.inc({ ...labels }, started);
    },
  });
  new Counter({
    name: 'grpc_server_handled_total',
    help: 'Calls that were answered, by status.',
    labelNames: [...byMethod, 'grpc_code'],
    registers,
    collect() {
      this.reset();
      for (const { labels, handled } of methods) {
        for (const [grpc_code, count] of handled) this.inc({ ...labels, grpc_code }, count);
      }
    },
  });
}
