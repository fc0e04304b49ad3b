import { siblingModule } from '../../thread/start.ts';
import { NumStoreClientError } from '../client.ts';
import type { Tally } from './tally.ts';
import { type LoadThread, openLoadThread, type ThreadEnd } from './thread.ts';

/** One run of the load. */
export interface LoadPlan {
  readonly host: string;
  readonly port: number;
  readonly threads: number;
  /** requests of each thread */
  readonly requests: number;
  /** how many possible keys */
  readonly keys: number;
  readonly seed: number;
  /** whether to ask the server where its time went @default false */
  readonly isTimed?: boolean;
}

/** A thread that died: nothing is known of its requests, so all of them count as failed. */
export interface LostThread {
  readonly thread: number;
  readonly message: string;
}

/** What a run has seen. */
export interface LoadResult {
  readonly tallies: readonly Tally[];
  readonly lost: readonly LostThread[];
  /** milliseconds from the common start to the end of the last thread */
  readonly durationMs: number;
}

/** What a run may be watched and tested through. */
export interface LoadHooks {
  /** element 0 counts the requests that have ended, while they run */
  readonly progress?: Int32Array;
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
    openLoadThread(workerFile, { ...plan, thread, progress }),
  );
  try {
    return await runTogether(threads);
  } finally {
    await Promise.all(threads.map((thread) => thread.close()));
  }
}

/** A counter that threads share, for `LoadHooks.progress`. */
export function createProgress(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

async function runTogether(threads: readonly LoadThread[]): Promise<LoadResult> {
  // "settled", not "connected": a thread that dies on the way must not keep the others waiting
  await Promise.all(threads.map((thread) => thread.settled));
  const startedAtMs = performance.now();
  for (const thread of threads) thread.start();
  return gather(await Promise.all(threads.map((thread) => thread.end)), startedAtMs);
}

function gather(ends: readonly ThreadEnd[], startedAtMs: number): LoadResult {
  const tallies: Tally[] = [];
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
