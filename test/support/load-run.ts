import { type RunSummary, summariseRun } from '../../client/load/report/summary.ts';
import { failed, type Reply } from '../../client/load/run/outcome.ts';
import type { LoadPlan } from '../../client/load/run/plan.ts';
import { Recorder, type Recording } from '../../client/load/run/recorder.ts';
import type { LostThread } from '../../client/load/run/threads.ts';

/** What a run of the load was asked, for tests that make up what it has seen. */
export const loadPlan: LoadPlan = {
  servers: [{ host: '127.0.0.1', port: 5440, isEach: false }],
  threads: 1,
  connections: 2,
  inFlight: 1,
  rate: null,
  warmupMs: 0,
  durationMs: 1000,
  requests: null,
  deadlineMs: 1000,
  isTimed: false,
  client: 'light',
  rawSamplesMax: 100_000,
  seed: 1,
  keys: 1,
  distribution: 'uniform',
  mix: { SetNum: 1, Fact: 1 },
  valueMin: 1,
  valueMax: 15,
};

/** One call: due, ready, sent and ended. */
export type MadeCall = readonly [Reply, dueMs: number, readyMs: number, sentMs: number, endMs: number];

export const replies = {
  set: { outcome: 'SetNum' },
  hit: { outcome: 'Fact, hit' },
  miss: { outcome: 'Fact, miss' },
  refused: { outcome: 'Fact, error' },
  wrong: { outcome: 'Fact, miss', wrong: 'Fact "k": expected one of 0! .. 20!, got 121' },
  lost: failed('SetNum', 'UNAVAILABLE', 'gone'),
} as const satisfies Record<string, Reply>;

/** What a thread has seen that made these calls. */
export function recordingOf(plan: LoadPlan, calls: readonly MadeCall[]): Recording {
  const recorder = new Recorder(plan);
  for (const [reply, dueMs, readyMs, sentMs, endMs] of calls) {
    recorder.record(
      reply.outcome.startsWith('Fact') ? 'Fact' : 'SetNum',
      reply,
      { dueMs, readyMs, sentMs },
      endMs,
    );
  }
  return recorder.build();
}

/** What a summary is told beyond what the threads have seen. */
export const about = {
  isExercise: false,
  host: '127.0.0.1',
  port: 5440,
  startedAt: new Date(0),
  environment: { cpu: 'a <cpu>', cores: 2, memoryGiB: 4, system: 'linux', node: 'v20' },
  keepsAll: false,
  isInterrupted: false,
};

/** The figures of a run whose threads have made these calls. */
export function summaryOf(
  changes: Partial<LoadPlan>,
  threads: readonly (readonly MadeCall[])[],
  lost: readonly LostThread[] = [],
): RunSummary {
  const plan = { ...loadPlan, ...changes };
  const tallies = threads.map((calls) => recordingOf(plan, calls));
  return summariseRun(plan, { tallies, lost, durationMs: 1000 }, about);
}

/** The plan of the exercise's run, small. */
export const exercisePlan: LoadPlan = {
  ...loadPlan,
  threads: 2,
  durationMs: null,
  requests: 5,
  rawSamplesMax: 1000,
  seed: 7,
  keys: 100,
};

/** The figures of the exercise's run whose threads have made these calls. */
export function exerciseSummaryOf(
  threads: readonly (readonly MadeCall[])[],
  { changes = {}, lost = [] }: { changes?: Partial<LoadPlan>; lost?: readonly LostThread[] } = {},
): RunSummary {
  const plan = { ...exercisePlan, ...changes };
  const tallies = threads.map((calls) => recordingOf(plan, calls));
  return summariseRun(
    plan,
    { tallies, lost, durationMs: 2000 },
    { ...about, isExercise: true, keepsAll: true },
  );
}
