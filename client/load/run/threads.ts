import { NumStoreClientError } from '../../api/client-error.ts';
import type { LoadThread, ThreadEnd } from './thread.ts';

/** A thread that died: nothing is known of its requests, so all of them count as failed. */
export interface LostThread {
  readonly thread: number;
  readonly message: string;
}

/** What the threads of a run have seen, each for itself. */
export interface ThreadResults<Tally> {
  readonly tallies: readonly Tally[];
  readonly lost: readonly LostThread[];
  /** milliseconds from the common start to the end of the last thread */
  readonly durationMs: number;
}

/**
 * Lets threads that connect start together, `leadMs` from when the last is connected, and joins them all.
 *
 * @throws NumStoreClientError UNREACHABLE when a thread cannot connect; no thread is left then either
 */
export async function joinThreads<Tally>(
  threads: readonly LoadThread<Tally>[],
  leadMs: number,
): Promise<ThreadResults<Tally>> {
  try {
    return await runTogether(threads, leadMs);
  } finally {
    await Promise.all(threads.map((thread) => thread.close()));
  }
}

async function runTogether<Tally>(
  threads: readonly LoadThread<Tally>[],
  leadMs: number,
): Promise<ThreadResults<Tally>> {
  // "settled", not "connected": a thread that dies on the way must not keep the others waiting
  await Promise.all(threads.map((thread) => thread.settled));
  const startedAtMs = performance.now() + leadMs;
  const atNs = process.hrtime.bigint() + BigInt(leadMs) * 1_000_000n;
  for (const thread of threads) thread.start(atNs);
  return gather(await Promise.all(threads.map((thread) => thread.end)), startedAtMs);
}

function gather<Tally>(ends: readonly ThreadEnd<Tally>[], startedAtMs: number): ThreadResults<Tally> {
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
