import type { Stats } from '../api/client.ts';

/** What a server said at one moment. */
export interface Sample {
  readonly at: Date;
  readonly stats: Stats;
}

/** Figures that only grow while a server runs. */
const counters = [
  'revision',
  'cacheHits',
  'cacheMisses',
  'cacheJoined',
  'cacheEvictions',
  'workersLost',
  'engineFallbacks',
] as const satisfies readonly (keyof Stats)[];

/**
 * How fast the counters have grown between two samples, per second.
 * @returns nothing at all if the server has been started again in between, or if another one has answered
 */
export function ratesOf(before: Sample | undefined, now: Sample): ReadonlyMap<string, number> {
  if (before === undefined || now.stats.uptimeMs <= before.stats.uptimeMs) return new Map();
  const seconds = Number(now.stats.uptimeMs - before.stats.uptimeMs) / 1000;
  return new Map(counters.map((name) => [name, Number(now.stats[name] - before.stats[name]) / seconds]));
}
