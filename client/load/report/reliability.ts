import { formatMs } from '../../cli/printable.ts';
import { findPercentile } from '../../stats/distribution.ts';
import type { LoadPlan } from '../run/plan.ts';
import type { Failure } from '../run/recorder.ts';
import type { Distributions } from './distributions.ts';

/** Whether the calls came as they were meant to, so that the figures tell of the server alone. */
export interface Reliability {
  readonly isReliable: boolean;
  /** why not */
  readonly remarks: readonly string[];
}

/** The send lag may be this share of the p50 latency: beyond it, the load was not the one that was asked for. */
const lagShareMax = 0.1;

/**
 * A call may be sent late because the generator is, or because all calls allowed at once are under way: both make the
 * run unreliable, and which it was is said, for what to do about it differs.
 */
export function judgeReliability(
  { rate, connections, inFlight }: Pick<LoadPlan, 'rate' | 'connections' | 'inFlight'>,
  { latency, sendLag, ownLag }: Distributions,
  failures: readonly Failure[],
): Reliability {
  const p50Ms = findPercentile(latency, 0.5)?.ms;
  const [sendP99, ownP99] = [findPercentile(sendLag, 0.99), findPercentile(ownLag, 0.99)];
  if (rate === null || p50Ms === undefined || sendP99 === undefined || ownP99 === undefined) {
    return { isReliable: true, remarks: [] };
  }
  const limitMs = p50Ms * lagShareMax;
  const remarks: string[] = [];
  if (sendP99.ms > limitMs) {
    remarks.push(
      `the send lag is ${formatMs(sendP99.ms)} at p99, more than a tenth of the p50 response time`,
    );
    remarks.push(
      ownP99.ms > limitMs
        ? `the generator itself was late by ${formatMs(ownP99.ms)} at p99: its machine is too busy`
        : `calls waited, which is part of their response time, for one of the ${connections * inFlight} calls allowed at once (--connections x --in-flight)`,
    );
  }
  const unsent = failures
    .filter(({ code }) => code === 'NOT_SENT')
    .reduce((sum, { count }) => sum + count, 0);
  if (unsent > 0) remarks.push(`${unsent} calls were never sent, and have no response time`);
  return { isReliable: remarks.length === 0, remarks };
}
