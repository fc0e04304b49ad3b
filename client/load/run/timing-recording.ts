import { type CacheOutcome, type Timing, type TimingPart, timingParts } from '../../api/trailers.ts';
import { type Distribution, describeHistograms } from '../../stats/distribution.ts';
import { createHistogram, fineBits, type LogHistogram, recordMs } from '../../stats/log-histogram.ts';
import type { RpcName } from './plan.ts';

/** The RPCs whose time the server tells. */
const timedRpcs = ['SetNum', 'Fact'] as const satisfies readonly RpcName[];
type TimedRpc = (typeof timedRpcs)[number];

function isTimed(rpc: RpcName): rpc is TimedRpc {
  return rpc === 'SetNum' || rpc === 'Fact';
}

/** What the server said of its time, to one thread; plain data. */
export interface TimingRecording {
  /** milliseconds of each part; undefined: no reply has named it */
  readonly parts: Record<TimedRpc, Partial<Record<TimingPart, LogHistogram>>>;
  /** how many replies had a trailer that could be read */
  readonly timed: Record<TimedRpc, number>;
  readonly cache: Record<CacheOutcome, number>;
}

export function createTimingRecording(): TimingRecording {
  return {
    parts: { SetNum: {}, Fact: {} },
    timed: { SetNum: 0, Fact: 0 },
    cache: { hit: 0, miss: 0, joined: 0 },
  };
}

/** Files what the server says of SetNum and Fact. */
export function recordTiming(recording: TimingRecording, rpc: RpcName, timing: Timing): void {
  if (!isTimed(rpc)) return;
  recording.timed[rpc]++;
  if (timing.cache !== undefined) recording.cache[timing.cache]++;
  for (const part of timingParts) {
    const microseconds = timing.microseconds[part];
    if (microseconds === undefined) continue;
    const histogram = recording.parts[rpc][part] ?? createHistogram(fineBits);
    recording.parts[rpc][part] = histogram;
    recordMs(histogram, microseconds / 1000);
  }
}

/** What the server said of where its time went. */
export interface TimingSummary {
  readonly parts: Readonly<Record<TimedRpc, Readonly<Record<TimingPart, Distribution | null>>>>;
  readonly timed: Readonly<Record<TimedRpc, number>>;
  readonly cache: Readonly<Record<CacheOutcome, number>>;
}

/** The threads' recordings as one, in figures. */
export function summariseTiming(timings: readonly TimingRecording[]): TimingSummary {
  const sum = (pick: (timing: TimingRecording) => number): number =>
    timings.reduce((total, timing) => total + pick(timing), 0);
  const part = (rpc: TimedRpc, name: TimingPart): Distribution | null =>
    describeHistograms(timings.flatMap(({ parts }) => parts[rpc][name] ?? []));
  const describe = (rpc: TimedRpc): Record<TimingPart, Distribution | null> => ({
    lock: part(rpc, 'lock'),
    queue: part(rpc, 'queue'),
    compute: part(rpc, 'compute'),
    store: part(rpc, 'store'),
    send: part(rpc, 'send'),
  });
  const outcome = (name: CacheOutcome): number => sum(({ cache }) => cache[name]);
  return {
    parts: { SetNum: describe('SetNum'), Fact: describe('Fact') },
    timed: {
      SetNum: sum(({ timed }) => timed.SetNum),
      Fact: sum(({ timed }) => timed.Fact),
    },
    cache: { hit: outcome('hit'), miss: outcome('miss'), joined: outcome('joined') },
  };
}
