import { Counter, collectDefaultMetrics, Registry } from 'prom-client';
import type { Observer } from '../rpc/observer.ts';
import { createActivity } from './activity/activity.ts';
import type { SnapshotParts } from './activity/snapshot.ts';
import { type MetricsServer, openMetricsServer, type Route } from './admin-http.ts';
import { createLive } from './live/live.ts';
import { observeAll } from './observer.ts';
import { type CallMetrics, createCallMetrics } from './prometheus/call-metrics.ts';
import { createStateMetrics } from './prometheus/state-metrics.ts';

/** Everything that `--metrics-port` turns on. */
export interface Metrics {
  /** Tell it what happens. */
  readonly observer: Observer;
  /** An assertion inside the transport has ended a connection. */
  connectionKilled(): void;
  /** Serves what was observed. @throws Error of node:net, such as EADDRINUSE */
  open(options: MetricsOptions): Promise<MetricsServer>;
}

export interface MetricsOptions extends Omit<SnapshotParts, 'activity'> {
  readonly host: string;
  readonly port: number;
  /** Names by which the port is asked, beside `host`, localhost and any address. */
  readonly names: readonly string[];
  /** Whether calls can be answered at this moment. */
  readonly isReady: () => boolean;
  /** Why not, where that is known. */
  readonly reason?: () => string | undefined;
  readonly onError: (error: unknown) => void;
}

/** Nothing is observed yet, and nothing served. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const calls = createCallMetrics(registry);
  const activity = createActivity();
  const killed = new Counter({
    name: 'numstore_connections_killed_total',
    help: 'Connections of the native transport that an assertion of its own has ended.',
    registers: [registry],
  });
  return {
    observer: observeAll([calls.observer, activity.observer]),
    connectionKilled: () => killed.inc(),
    async open(options) {
      const parts: SnapshotParts = { ...options, activity };
      const live = createLive(parts, options.isReady);
      const routes: Record<string, Route> = {
        '/metrics': createScrape(registry, calls, parts),
        '/healthz': healthz,
        '/readyz': createReadyz(options.isReady, options.reason),
        ...live.routes,
      };
      try {
        const server = await openMetricsServer({ ...options, routes });
        return {
          port: server.port,
          close() {
            live.close();
            return server.close();
          },
        };
      } catch (error) {
        live.close();
        throw error;
      }
    },
  };
}

/**
 * Answers in the text format of Prometheus. Who asks while the text is made gets the same: it takes the event loop some
 * milliseconds, which many who ask at once must not multiply.
 */
function createScrape(registry: Registry, calls: CallMetrics, parts: SnapshotParts): Route {
  // Of the process and of Node, with the delay of the event loop among them.
  collectDefaultMetrics({ register: registry });
  for (const name of illNamed) registry.removeSingleMetric(name);
  const refresh = createStateMetrics(registry, parts);
  const write = async (): Promise<Buffer> => {
    await refresh();
    return Buffer.from(`${await registry.metrics()}\n${calls.histograms()}`);
  };
  let underWay: Promise<Buffer> | undefined;
  return async ({ response }) => {
    underWay ??= write().finally(() => {
      underWay = undefined;
    });
    const text = await underWay;
    response.writeHead(200, { 'content-type': registry.contentType }).end(text);
  };
}

/** Gauges under names that end like a counter's, which the linter of Prometheus objects to. */
const illNamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** Answers 200 as long as the process does. */
export const healthz: Route = ({ response }) => {
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end('alive\n');
};

/** Answers 503 while calls cannot be answered: before it serves, while the store is away and why, while it drains. */
export function createReadyz(
  isReady: () => boolean,
  reason: () => string | undefined = () => undefined,
): Route {
  return ({ response }) => {
    const ready = isReady();
    const why = reason();
    response.writeHead(ready ? 200 : 503, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(ready ? 'ready\n' : `not ready${why === undefined ? '' : `: ${why}`}\n`);
  };
}
