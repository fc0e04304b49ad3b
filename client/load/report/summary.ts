import { formatAddress } from '../../address.ts';
import { ratio } from '../../stats/percentile.ts';
import { summariseTimeline, type TimelineSummary } from '../../stats/timeline.ts';
import { type OutcomeName, outcomeIndex } from '../run/outcome.ts';
import type { GeneratorPlan } from '../run/plan.ts';
import type { GeneratorFailure, Recording } from '../run/recorder.ts';
import type { LostThread, ThreadResults } from '../run/threads.ts';
import { summariseTiming, type TimingSummary } from '../run/timing-recording.ts';
import { wrongExamplesMax } from '../tally.ts';
import { type Distributions, describeRun } from './distributions.ts';
import type { Environment } from './environment.ts';
import { judgeReliability, type Reliability } from './reliability.ts';

/** All figures of a run: what the report shows, and, field for field, what `--json` writes. */
export interface GeneratorSummary extends Distributions {
  /** the name and version of this form; fields are only ever added */
  readonly format: 'numstore-load/1';
  readonly startedAt: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly environment: Environment;
  /** open: calls are due at times of their own; closed: each when one has ended */
  readonly loop: 'open' | 'closed';
  /** milliseconds from the end of the warm-up to the last end of a call */
  readonly measuredMs: number;
  /** measured calls: replies + failed */
  readonly calls: number;
  readonly replies: number;
  /** measured calls that failed, those that were never sent included; and one for each thread that died */
  readonly failed: number;
  readonly repliesPerSecond: number | null;
  /** whether it was ended before its time */
  readonly isInterrupted: boolean;
  readonly warmup: { readonly replies: number; readonly failed: number };
  readonly failures: readonly GeneratorFailure[];
  readonly lostThreads: readonly LostThread[];
  /** hits / Facts that found their key; null when none did */
  readonly hitRate: number | null;
  readonly hits: number;
  readonly found: number;
  /** Facts that were answered with an error: a missing key, a number above 20 */
  readonly refused: number;
  readonly wrong: number;
  readonly wrongExamples: readonly string[];
  readonly reliability: Reliability;
  readonly timeline: TimelineSummary;
  /** only there when the server was asked */
  readonly timing?: TimingSummary;
}

/** Puts together what the threads have seen. */
export function summariseGenerator(
  plan: GeneratorPlan,
  { tallies, lost }: ThreadResults<Recording>,
  about: {
    readonly startedAt: Date;
    readonly environment: Environment;
    readonly keepsAll: boolean;
    readonly isInterrupted?: boolean;
  },
): GeneratorSummary {
  const distributions = describeRun(tallies, { keepsAll: about.keepsAll, isOpen: plan.rate !== null });
  const failures = mergeFailures(tallies);
  const failed = sum(failures.filter(({ isWarmup }) => !isWarmup).map(({ count }) => count)) + lost.length;
  const count = (...names: readonly OutcomeName[]): number =>
    sum(tallies.flatMap(({ latency }) => names.map((name) => latency[outcomeIndex[name]]?.count ?? 0)));
  const replies = distributions.latency?.count ?? 0;
  const measuredMs = Math.max(0, ...tallies.map(({ lastEndMs }) => lastEndMs - plan.warmupMs));
  const [hits, found] = [count('Fact, hit'), count('Fact, hit', 'Fact, miss')];
  return {
    format: 'numstore-load/1',
    startedAt: about.startedAt.toISOString(),
    settings: settingsOf(plan),
    environment: about.environment,
    loop: plan.rate === null ? 'closed' : 'open',
    measuredMs,
    calls: replies + failed,
    replies,
    failed,
    repliesPerSecond: ratio(replies * 1000, measuredMs),
    isInterrupted: about.isInterrupted === true,
    warmup: {
      replies: sum(tallies.map(({ warmupReplies }) => warmupReplies)),
      failed: sum(failures.filter(({ isWarmup }) => isWarmup).map((failure) => failure.count)),
    },
    failures,
    lostThreads: lost,
    hitRate: ratio(hits, found),
    hits,
    found,
    refused: count('Fact, error'),
    wrong: sum(tallies.map(({ wrong }) => wrong)),
    wrongExamples: tallies.flatMap(({ wrongExamples }) => wrongExamples).slice(0, wrongExamplesMax),
    reliability: judgeReliability(plan, distributions, failures),
    ...distributions,
    timeline: summariseTimeline(tallies.map(({ timeline }) => timeline)),
    ...(plan.isTimed ? { timing: summariseTiming(tallies.map(({ timing }) => timing)) } : {}),
  };
}

function settingsOf({
  servers,
  rawSamplesMax: _unused,
  ...plan
}: GeneratorPlan): Readonly<Record<string, unknown>> {
  return { servers: servers.map(formatAddress), ...plan };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** The same fault seen by several threads is one; the most frequent comes first. */
function mergeFailures(recordings: readonly Recording[]): readonly GeneratorFailure[] {
  const merged = new Map<string, GeneratorFailure>();
  for (const failure of recordings.flatMap(({ failures }) => failures)) {
    const kind = JSON.stringify({ ...failure, count: 0 });
    merged.set(kind, { ...failure, count: failure.count + (merged.get(kind)?.count ?? 0) });
  }
  return [...merged.values()].sort((a, b) => b.count - a.count);
}
