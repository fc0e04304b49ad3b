import { describeLatency, type Latency, sortSamples } from '../stats/percentile.ts';
import { type CacheOutcome, type Timing, type TimingPart, timingParts } from '../timing.ts';
import type { RpcName } from './run/keys.ts';

/** What the server said about where its time went, to one thread; plain data. */
export interface Breakdown {
  /** milliseconds of each part, one sample for each reply that names it */
  readonly partMs: Readonly<Record<RpcName, Readonly<Record<TimingPart, Float64Array>>>>;
  /** how many replies had a trailer that could be read */
  readonly timed: Readonly<Record<RpcName, number>>;
  readonly cache: Readonly<Record<CacheOutcome, number>>;
}

/** The figures of a breakdown; a part that no reply named is null. */
export interface BreakdownSummary {
  readonly parts: Readonly<Record<RpcName, Readonly<Record<TimingPart, Latency | null>>>>;
  readonly timed: Readonly<Record<RpcName, number>>;
  readonly cache: Readonly<Record<CacheOutcome, number>>;
}

/** Gathers what the server says to one thread. */
export class BreakdownBuilder {
  readonly #partMs = { SetNum: eachPart((): number[] => []), Fact: eachPart((): number[] => []) };
  readonly #timed = { SetNum: 0, Fact: 0 };
  readonly #cache = { hit: 0, miss: 0, joined: 0 };

  record(rpc: RpcName, { microseconds, cache }: Timing): void {
    this.#timed[rpc]++;
    if (cache !== undefined) this.#cache[cache]++;
    for (const part of timingParts) {
      const value = microseconds[part];
      if (value !== undefined) this.#partMs[rpc][part].push(value / 1000);
    }
  }

  build(): Breakdown {
    const freeze = (rpc: RpcName) => eachPart((part) => Float64Array.from(this.#partMs[rpc][part]));
    const partMs = { SetNum: freeze('SetNum'), Fact: freeze('Fact') };
    return { partMs, timed: { ...this.#timed }, cache: { ...this.#cache } };
  }
}

/** Puts the threads' breakdowns together, percentiles from all raw samples. */
export function summariseBreakdown(breakdowns: readonly Breakdown[]): BreakdownSummary {
  const describe = (rpc: RpcName) =>
    eachPart((part) => describeLatency(sortSamples(breakdowns.map(({ partMs }) => partMs[rpc][part]))));
  const sum = (pick: (breakdown: Breakdown) => number): number =>
    breakdowns.reduce((total, breakdown) => total + pick(breakdown), 0);
  return {
    parts: { SetNum: describe('SetNum'), Fact: describe('Fact') },
    timed: { SetNum: sum(({ timed }) => timed.SetNum), Fact: sum(({ timed }) => timed.Fact) },
    cache: {
      hit: sum(({ cache }) => cache.hit),
      miss: sum(({ cache }) => cache.miss),
      joined: sum(({ cache }) => cache.joined),
    },
  };
}

function eachPart<T>(make: (part: TimingPart) => T): Record<TimingPart, T> {
  return {
    lock: make('lock'),
    queue: make('queue'),
    compute: make('compute'),
    store: make('store'),
    send: make('send'),
  };
}
