import { describeLatency, type Latency, ratio, sortSamples } from '../stats/percentile.ts';
import { type BreakdownSummary, summariseBreakdown } from './breakdown.ts';
import { type Bucket, countBuckets } from './report/histogram.ts';
import type { RpcName } from './run/keys.ts';
import type { LoadPlan, LoadResult, LostThread } from './run/threads.ts';
import { type Failure, type Tally, wrongExamplesMax } from './tally.ts';

/** The figures of one RPC. */
interface RpcSummary {
  /** replies + failed; the requests of threads that died are not among them */
  readonly sent: number;
  readonly replies: number;
  readonly failed: number;
  /** over the replies; null when there are none */
  readonly responseTime: Latency | null;
}

/** All figures of a run: what the report shows, and, field for field, what `--json` writes. */
export interface RunSummary extends Omit<LoadPlan, 'isTimed' | 'witness' | 'security'> {
  /** hits / Facts that found their key, 0 .. 1; null when no Fact did */
  readonly hitRate: number | null;
  /** hits / all Facts that were answered, 0 .. 1; null when none was */
  readonly hitRateOfAllFacts: number | null;
  readonly hits: number;
  /** Facts that found their key */
  readonly found: number;
  /** Facts whose key was missing */
  readonly missing: number;
  /** of all replies together, from just before the call to the decoded reply; null when there are none */
  readonly responseTime: Latency | null;
  readonly rpcs: Readonly<Record<RpcName, RpcSummary>>;
  /** requests of the whole run: replies + failed */
  readonly requestsSent: number;
  readonly replies: number;
  /** failed RPCs, the requests of threads that died included */
  readonly failed: number;
  /** times until failed RPCs had failed; null when none has */
  readonly failureTime: Latency | null;
  readonly failures: readonly Failure[];
  readonly lostThreads: readonly LostThread[];
  /** answers that cannot be right */
  readonly wrong: number;
  /** at most five of them, described */
  readonly wrongExamples: readonly string[];
  /** whether it was ended before its time: then fewer requests were sent than asked for */
  readonly isInterrupted: boolean;
  readonly durationMs: number;
  /** null when no time has passed */
  readonly repliesPerSecond: number | null;
  /** of the response times of all replies; the last bucket there can be has no end: `toMs` is null in JSON */
  readonly histogram: readonly Bucket[];
  /** where the server's time went; only there when it was asked */
  readonly timing?: BreakdownSummary;
}

/** Puts the threads' tallies together. Percentiles are taken from all raw samples, never from percentiles. */
export function summariseRun(
  { isTimed = false, witness: _witness, security: _security, ...plan }: LoadPlan,
  { tallies, lost, durationMs }: LoadResult,
  isInterrupted = false,
): RunSummary {
  const sum = (pick: (tally: Tally) => number): number =>
    tallies.reduce((total, tally) => total + pick(tally), 0);
  const [hits, found, missing] = [sum((t) => t.hits), sum((t) => t.found), sum((t) => t.missing)];
  const rpcs = { SetNum: summariseRpc(tallies, 'SetNum'), Fact: summariseRpc(tallies, 'Fact') };
  const replyMs = sortSamples(tallies.flatMap((tally) => [tally.replyMs.SetNum, tally.replyMs.Fact]));
  const failedMs = sortSamples(tallies.flatMap((tally) => [tally.failedMs.SetNum, tally.failedMs.Fact]));
  const replies = replyMs.length;
  const failed = failedMs.length + lost.length * plan.requests;
  return {
    ...plan,
    hitRate: ratio(hits, found),
    hitRateOfAllFacts: ratio(hits, found + missing),
    hits,
    found,
    missing,
    responseTime: describeLatency(replyMs),
    rpcs,
    requestsSent: replies + failed,
    replies,
    failed,
    failureTime: describeLatency(failedMs),
    failures: mergeFailures(tallies),
    lostThreads: lost,
    wrong: sum((tally) => tally.wrong),
    wrongExamples: tallies.flatMap((tally) => tally.wrongExamples).slice(0, wrongExamplesMax),
    isInterrupted,
    durationMs,
    repliesPerSecond: ratio(replies * 1000, durationMs),
    histogram: countBuckets(replyMs),
    ...(isTimed ? { timing: summariseBreakdown(tallies.map((tally) => tally.breakdown)) } : {}),
  };
}

function summariseRpc(tallies: readonly Tally[], rpc: RpcName): RpcSummary {
  const replyMs = sortSamples(tallies.map((tally) => tally.replyMs[rpc]));
  const failed = tallies.reduce((total, tally) => total + tally.failedMs[rpc].length, 0);
  const replies = replyMs.length;
  return { sent: replies + failed, replies, failed, responseTime: describeLatency(replyMs) };
}

/** The same fault seen by several threads is one line; the most frequent comes first. */
function mergeFailures(tallies: readonly Tally[]): readonly Failure[] {
  const merged = new Map<string, Failure>();
  for (const failure of tallies.flatMap((tally) => tally.failures)) {
    const kind = JSON.stringify([failure.rpc, failure.code, failure.message]);
    merged.set(kind, { ...failure, count: failure.count + (merged.get(kind)?.count ?? 0) });
  }
  return [...merged.values()].sort((a, b) => b.count - a.count);
}
