import { findPercentile } from '../figures/distribution.ts';
import type { Distributions } from './distributions.ts';
import type { GeneratorPlan } from './plan.ts';
import type { GeneratorFailure } from './recorder.ts';

/** Whether the figures of a run tell of the server, or of the generator. */
export interface Reliability {
  readonly isReliable: boolean;
  /** why not, and what else is to be known */
  readonly remarks: readonly string[];
}

/** The generator's delay may be this share of the p50 latency: beyond it, it is part of what was measured. */
const lagShareMax = 0.1;

/**
 * A call may be sent late because all calls allowed at once are under way: that is the server's doing, belongs to
 * the latency of an open loop, and is only remarked. What the generator itself is late makes the run unreliable.
 */
export function judgeReliability(
  { rate, connections, inFlight }: Pick<GeneratorPlan, 'rate' | 'connections' | 'inFlight'>,
  { latency, sendLag, ownLag }: Distributions,
  failures: readonly GeneratorFailure[],
): Reliability {
  const p50Ms = findPercentile(latency, 0.5)?.ms;
  const [sendP99, ownP99] = [findPercentile(sendLag, 0.99), findPercentile(ownLag, 0.99)];
  if (rate === null || p50Ms === undefined || sendP99 === undefined || ownP99 === undefined) {
    return { isReliable: true, remarks: [] };
  }
  const limitMs = p50Ms * lagShareMax;
  const faults: string[] = [];
  if (ownP99.ms > limitMs) {
    faults.push(
      `the generator itself was late by ${ownP99.ms.toFixed(3)} ms at p99, more than a tenth of the p50 latency`,
    );
  }
  const unsent = failures
    .filter(({ code }) => code === 'NOT_SENT')
    .reduce((sum, { count }) => sum + count, 0);
  if (unsent > 0) faults.push(`${unsent} calls were never sent, and have no latency`);
  const isWaiting = faults.length === 0 && sendP99.ms > limitMs;
  const calls = `${connections * inFlight} calls allowed at once`;
  const wait = isWaiting ? [`calls waited for one of the ${calls}; their wait is part of the latency`] : [];
  return { isReliable: faults.length === 0, remarks: [...faults, ...wait] };
}
