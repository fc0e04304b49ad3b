import { siblingModule } from '../../../thread/start.ts';
import { NumStoreClientError } from '../../client.ts';
import type { Security } from '../../security/options.ts';
import type { WitnessedTally } from '../tally.ts';
import type { WitnessPlan } from './history-plan.ts';
import { createProgress, type RunProgress } from './progress.ts';
import type { WorkerInput } from './protocol.ts';
import { type LoadThread, openLoadThread, type ThreadEnd } from './thread.ts';

/** One run of the load. */
export interface LoadPlan {
  readonly host: string;
  readonly port: number;
  /** @default clear text, without a token */
  readonly security?: Security;
  readonly threads: number;
  /** requests of each thread */
  readonly requests: number;
  /** how many possible keys */
  readonly keys: number;
  readonly seed: number;
  /** whether to ask the server where its time went @default false */
  readonly isTimed?: boolean;
  /** records every call with its answer; undefined: the times alone */
  readonly witness?: WitnessPlan | undefined;
}

/** A thread that died: nothing is known of its requests, so all of them count as failed. */
export interface LostThread {
  readonly thread: number;
  readonly message: string;
}

/** What a run has seen. */
export type LoadResult = ThreadResults<WitnessedTally>;

/** What the threads of a run have seen, each in its own words. */
export interface ThreadResults<ThreadTally> {
  readonly tallies: readonly ThreadTally[];
  readonly lost: readonly LostThread[];
  /** milliseconds from the common start to the end of the last thread */
  readonly durationMs: number;
}

/** What a run may be watched and tested through. */
export interface LoadHooks {
  /** where the run may be watched and stopped */
  readonly progress?: RunProgress;
  /** the module that a thread runs @default ./worker.ts */
  readonly workerFile?: URL;
}

/**
 * Runs the load: connects all threads, starts them together, and joins them all.
 *
 * @throws NumStoreClientError UNREACHABLE when a thread cannot connect; no thread is left then either
 */
export async function runThreads(plan: LoadPlan, hooks: LoadHooks = {}): Promise<LoadResult> {
  const { progress = createProgress(), workerFile = siblingModule('worker', import.meta.url) } = hooks;
  const threads = Array.from({ length: plan.threads }, (_, thread) =>
    openLoadThread<WitnessedTally>(workerFile, { ...plan, thread, progress } satisfies WorkerInput),
  );
  return joinThreads(threads, 0);
}

/**
 * Lets threads that connect start together, `leadMs` from when the last is connected, and joins them all.
 *
 * @throws NumStoreClientError UNREACHABLE when a thread cannot connect; no thread is left then either
 */
export async function joinThreads<ThreadTally>(
  threads: readonly LoadThread<ThreadTally>[],
  leadMs: number,
): Promise<ThreadResults<ThreadTally>> {
  try {
    return await runTogether(threads, leadMs);
  } finally {
    await Promise.all(threads.map((thread) => thread.close()));
  }
}

async function runTogether<ThreadTally>(
  threads: readonly LoadThread<ThreadTally>[],
  leadMs: number,
): Promise<ThreadResults<ThreadTally>> {
  // "settled", not "connected": a thread that dies on the way must not keep the others waiting
  await Promise.all(threads.map((thread) => thread.settled));
  const startedAtMs = performance.now() + leadMs;
  const atNs = process.hrtime.bigint() + BigInt(leadMs) * 1_000_000n;
  for (const thread of threads) thread.start(atNs);
  return gather(await Promise.all(threads.map((thread) => thread.end)), startedAtMs);
}

function gather<ThreadTally>(
  ends: readonly ThreadEnd<ThreadTally>[],
  startedAtMs: number,
): ThreadResults<ThreadTally> {
  const tallies: ThreadTally[] = [];
  const lost: LostThread[] = [];
  let finishedAtMs = startedAtMs;
  for (const [thread, end] of ends.entries()) {
    if (end.kind === 'unreachable') throw new NumStoreClientError('UNREACHABLE', end.message);
    if (end.kind === 'finished') tallies.push(end.tally);
    else lost.push({ thread, message: end.message });
    finishedAtMs = Math.max(finishedAtMs, end.finishedAtMs);
  }
  return { tallies, lost, durationMs: finishedAtMs - startedAtMs };
}
