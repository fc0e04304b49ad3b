import { formatAddress } from '../../api/address.ts';
import type { Distribution } from '../../stats/distribution.ts';
import { ratio } from '../../stats/percentile.ts';
import { summariseTimeline, type TimelineSummary } from '../../stats/timeline.ts';
import { type OutcomeName, outcomeIndex } from '../run/outcome.ts';
import type { ClientName, LoadPlan } from '../run/plan.ts';
import { type Failure, type Recording, wrongExamplesMax } from '../run/recorder.ts';
import type { LostThread, ThreadResults } from '../run/threads.ts';
import { summariseTiming, type TimingSummary } from '../run/timing-recording.ts';
import { type Distributions, describeRun } from './distributions.ts';
import type { Environment } from './environment.ts';
import { judgeReliability, type Reliability } from './reliability.ts';

/** The measured calls of one RPC; the requests of threads that died are not among them. */
interface RpcFigures {
  readonly sent: number;
  readonly replies: number;
  readonly failed: number;
  /** over the replies; null when there are none */
  readonly responseTime: Distribution | null;
}

/** What a summary says of a run beyond what its threads have seen. */
interface About {
  readonly isExercise: boolean;
  readonly host: string;
  readonly port: number;
  readonly startedAt: Date;
  readonly environment: Environment;
  /** whether every sample was to be kept */
  readonly keepsAll: boolean;
  readonly isInterrupted: boolean;
}

/** All figures of a run: what the report shows, and, field for field, what `--json` writes. */
export interface RunSummary extends Distributions {
  /** the name and version of this form; fields are only ever added */
  readonly format: 'numstore-load/1';
  /** whether it was the exercise's run; else the load tester's */
  readonly isExercise: boolean;
  readonly startedAt: string;
  readonly host: string;
  readonly port: number;
  readonly threads: number;
  /** asked of each thread; null: as many as the time allows */
  readonly requests: number | null;
  readonly keys: number;
  readonly seed: number;
  readonly client: ClientName;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly environment: Environment;
  /** open: calls are due at times of their own; closed: each when one has ended */
  readonly loop: 'open' | 'closed';
  /** milliseconds from the end of the warm-up to the last end of a call */
  readonly measuredMs: number;
  /** milliseconds from the common start until the last thread was done */
  readonly durationMs: number;
  /** measured calls: replies + failed */
  readonly calls: number;
  /** the same figure */
  readonly requestsSent: number;
  readonly replies: number;
  /** measured calls that failed, those that were never sent and all requests of threads that died included */
  readonly failed: number;
  readonly rpcs: Readonly<Record<'SetNum' | 'Fact', RpcFigures>>;
  /** `latency` by its other name */
  readonly responseTime: Distribution | null;
  readonly repliesPerSecond: number | null;
  /** whether it was ended before its time */
  readonly isInterrupted: boolean;
  readonly warmup: { readonly replies: number; readonly failed: number };
  readonly failures: readonly Failure[];
  readonly lostThreads: readonly LostThread[];
  /** hits / Facts that found their key; null when none did */
  readonly hitRate: number | null;
  /** hits / all Facts that were answered; null when none was */
  readonly hitRateOfAllFacts: number | null;
  readonly hits: number;
  readonly found: number;
  /** Facts that were answered with an error: a missing key, a number above 20 */
  readonly refused: number;
  /** the same figure: in the exercise's run a Fact is refused for a missing key alone */
  readonly missing: number;
  readonly wrong: number;
  readonly wrongExamples: readonly string[];
  readonly reliability: Reliability;
  readonly timeline: TimelineSummary;
  /** only there when the server was asked */
  readonly timing?: TimingSummary;
}

/** What `--json` writes of a verification. */
export interface VerificationSummary {
  readonly verdict: 'valid' | 'invalid' | 'undecided';
  /** calls that were judged, those before and after the load included */
  readonly operations: number;
  readonly violations: number;
  /** writes without an answer */
  readonly lostWrites: number;
  /** by the revisions that the server tells, or by searching an order */
  readonly by: 'revision' | 'search';
  /** the report */
  readonly lines: readonly string[];
}

/** Puts together what the threads have seen. Percentiles come from all samples, never from percentiles. */
export function summariseRun(
  plan: LoadPlan,
  { tallies, lost, durationMs }: ThreadResults<Recording>,
  { startedAt, ...about }: About,
): RunSummary {
  const { keepsAll, ...told } = about;
  const distributions = describeRun(tallies, { keepsAll, isOpen: plan.rate !== null });
  const failures = mergeFailures(tallies);
  const failedCalls = countFailures(failures, ({ isWarmup }) => !isWarmup);
  const failed = failedCalls + lost.length * (plan.requests ?? 1);
  const replies = distributions.latency?.count ?? 0;
  const measuredMs = Math.max(0, ...tallies.map(({ lastEndMs }) => lastEndMs - plan.warmupMs));
  return {
    format: 'numstore-load/1',
    startedAt: startedAt.toISOString(),
    ...told,
    threads: plan.threads,
    requests: plan.requests,
    keys: plan.keys,
    seed: plan.seed,
    client: plan.client,
    settings: settingsOf(plan),
    loop: plan.rate === null ? 'closed' : 'open',
    measuredMs,
    durationMs,
    calls: replies + failed,
    requestsSent: replies + failed,
    replies,
    failed,
    rpcs: {
      SetNum: describeRpc('SetNum', distributions, failures),
      Fact: describeRpc('Fact', distributions, failures),
    },
    responseTime: distributions.latency,
    repliesPerSecond: ratio(replies * 1000, measuredMs),
    warmup: {
      replies: sum(tallies.map(({ warmupReplies }) => warmupReplies)),
      failed: countFailures(failures, ({ isWarmup }) => isWarmup),
    },
    failures,
    lostThreads: lost,
    ...countFacts(tallies),
    wrong: sum(tallies.map(({ wrong }) => wrong)),
    wrongExamples: tallies.flatMap(({ wrongExamples }) => wrongExamples).slice(0, wrongExamplesMax),
    reliability: judgeReliability(plan, distributions, failures),
    ...distributions,
    timeline: summariseTimeline(tallies.map(({ timeline }) => timeline)),
    ...(plan.isTimed ? { timing: summariseTiming(tallies.map(({ timing }) => timing)) } : {}),
  };
}

/** How the measured Facts were answered. */
function countFacts(
  tallies: readonly Recording[],
): Pick<RunSummary, 'hitRate' | 'hitRateOfAllFacts' | 'hits' | 'found' | 'refused' | 'missing'> {
  const count = (name: OutcomeName): number =>
    sum(tallies.map(({ latency }) => latency[outcomeIndex[name]]?.count ?? 0));
  const [hits, refused] = [count('Fact, hit'), count('Fact, error')];
  const found = hits + count('Fact, miss');
  return {
    hitRate: ratio(hits, found),
    hitRateOfAllFacts: ratio(hits, found + refused),
    hits,
    found,
    refused,
    missing: refused,
  };
}

function describeRpc(
  rpc: 'SetNum' | 'Fact',
  { groups }: Distributions,
  failures: readonly Failure[],
): RpcFigures {
  const responseTime = groups[rpc] ?? null;
  const replies = responseTime?.count ?? 0;
  const failed = countFailures(failures, (failure) => failure.rpc === rpc && !failure.isWarmup);
  return { sent: replies + failed, replies, failed, responseTime };
}

function countFailures(failures: readonly Failure[], isWanted: (failure: Failure) => boolean): number {
  return sum(failures.filter(isWanted).map(({ count }) => count));
}

function settingsOf({
  servers,
  rawSamplesMax: _unused,
  ...plan
}: LoadPlan): Readonly<Record<string, unknown>> {
  return { servers: servers.map(formatAddress), ...plan };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** The same fault in several threads is one; the most frequent comes first. */
function mergeFailures(recordings: readonly Recording[]): readonly Failure[] {
  const merged = new Map<string, Failure>();
  for (const failure of recordings.flatMap(({ failures }) => failures)) {
    const kind = JSON.stringify({ ...failure, count: 0 });
    merged.set(kind, { ...failure, count: failure.count + (merged.get(kind)?.count ?? 0) });
  }
  return [...merged.values()].sort((a, b) => b.count - a.count);
}
