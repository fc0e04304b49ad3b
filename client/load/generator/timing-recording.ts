import { type CacheOutcome, parseTiming, type TimingPart, timingParts } from '../../timing.ts';
import { coarseBits, createHistogram, type LogHistogram, recordMs } from '../figures/log-histogram.ts';
import type { RpcName } from '../workload.ts';
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
    const histogram = recording.parts[rpc][part] ?? createHistogram(coarseBits);
    recording.parts[rpc][part] = histogram;
    recordMs(histogram, microseconds / 1000);
  }
}
