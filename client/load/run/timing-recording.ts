import { type Distribution, describeHistograms } from '../../stats/distribution.ts';
import { createHistogram, fineBits, type LogHistogram, recordMs } from '../../stats/log-histogram.ts';
import { type CacheOutcome, parseTiming, type TimingPart, timingParts } from '../../timing.ts';
import type { RpcName } from './keys.ts';
import type { GeneratedRpc } from './plan.ts';

/** What the server said of its time, to one thread; plain data. */
export interface TimingRecording {
  /** milliseconds of each part; undefined: no reply has named it */
  readonly parts: Record<RpcName, Partial<Record<TimingPart, LogHistogram>>>;
  /** how many replies had a trailer that could be read */
  readonly timed: Record<RpcName, number>;
  readonly cache: Record<CacheOutcome, number>;
}

export function createTimingRecording(): TimingRecording {
  return {
    parts: { SetNum: {}, Fact: {} },
    timed: { SetNum: 0, Fact: 0 },
    cache: { hit: 0, miss: 0, joined: 0 },
  };
}

/** Files a trailer; the server says it of SetNum and Fact. */
export function recordTiming(recording: TimingRecording, rpc: GeneratedRpc, trailer: string): void {
  if (rpc !== 'SetNum' && rpc !== 'Fact') return;
  const timing = parseTiming(trailer);
  if (timing === undefined) return;
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
  readonly parts: Readonly<Record<RpcName, Readonly<Partial<Record<TimingPart, Distribution>>>>>;
  readonly timed: Readonly<Record<RpcName, number>>;
  readonly cache: Readonly<Record<CacheOutcome, number>>;
}

/** The threads' recordings as one, in figures. */
export function summariseTiming(timings: readonly TimingRecording[]): TimingSummary {
  const sum = (pick: (timing: TimingRecording) => number): number =>
    timings.reduce((total, timing) => total + pick(timing), 0);
  const describe = (rpc: RpcName): Partial<Record<TimingPart, Distribution>> => {
    const parts: Partial<Record<TimingPart, Distribution>> = {};
    for (const part of timingParts) {
      const histograms = timings.flatMap((timing) => timing.parts[rpc][part] ?? []);
      const distribution = describeHistograms(histograms);
      if (distribution !== null) parts[part] = distribution;
    }
    return parts;
  };
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
