import { once } from 'node:events';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { NumStoreClientError } from '../../api/client-error.ts';
import type { Security } from '../../api/options.ts';
import type { HistoryColumns } from '../../linearizability/history.ts';
import { drive } from './driver.ts';
import type { HistoryPlan } from './history-plan.ts';
import { buffersOf, HistoryRecorder } from './history-recorder.ts';
import type { Link, OpenLinks } from './link.ts';
import type { LoadPlan } from './plan.ts';
import type { RunProgress } from './progress.ts';
import type { StartMessage, WorkerMessage } from './protocol.ts';
import { Recorder, type Recording } from './recorder.ts';
import { createRequests, createSearchedRequests } from './requests.ts';

/** What a thread of the load is started with. */
export interface ThreadInput extends LoadPlan {
  /** its number, from 0 */
  readonly thread: number;
  /** shared by all threads */
  readonly progress: RunProgress;
  readonly security: Security;
  /** undefined: nothing is recorded but the times */
  readonly historyPlan?: HistoryPlan | undefined;
}

/** What a thread of the load has seen. */
export interface ThreadRecording extends Recording {
  /** every call with its answer, where that was asked for */
  readonly history?: HistoryColumns;
}

/**
 * Makes this thread one of a load run: connects, waits for the common start, sends the calls, and posts the recording.
 *
 * @param prepare what the thread does before it connects
 * @throws TypeError when no coordinator has started the thread
 */
export async function runLoadThread(
  open: OpenLinks,
  prepare?: (plan: LoadPlan, thread: number) => Promise<void>,
): Promise<void> {
  if (parentPort === null || !isThreadInput(workerData)) {
    throw new TypeError('Expected to be started by the coordinator');
  }
  await prepare?.(workerData, workerData.thread);
  await work(parentPort, workerData, open);
}

async function work(port: MessagePort, input: ThreadInput, open: OpenLinks): Promise<void> {
  const post = (message: WorkerMessage<ThreadRecording>, moved: readonly ArrayBuffer[] = []): void =>
    port.postMessage(message, moved);
  const historyRecorder =
    input.historyPlan === undefined ? undefined : new HistoryRecorder(input.historyPlan.originNs);
  let links: readonly Link[] = [];
  try {
    links = await open({ ...input, historyRecorder }, connectionsOf(input));
    const started = once(port, 'message');
    post({ kind: 'connected' });
    const [start] = await started;
    const tally = await send(input, links, start);
    if (historyRecorder === undefined) post({ kind: 'finished', tally });
    else {
      const history = historyRecorder.history.columns();
      post({ kind: 'finished', tally: { ...tally, history } }, buffersOf(history));
    }
  } catch (error) {
    const { code, message } = NumStoreClientError.from(error);
    if (code !== 'UNREACHABLE') throw error;
    post({ kind: 'unreachable', message });
  } finally {
    await Promise.all(links.map((link) => link[Symbol.asyncDispose]()));
  }
}

/** The connections of all threads are dealt out to the threads in turn. */
function connectionsOf({ connections, threads, thread }: ThreadInput): readonly number[] {
  return Array.from({ length: connections }, (_, number) => number).filter(
    (number) => number % threads === thread,
  );
}

async function send(input: ThreadInput, links: readonly Link[], start: StartMessage): Promise<Recording> {
  const recorder = new Recorder(input);
  // performance.now() has another origin in each thread, and costs less than the clock that they share
  const aheadMs = Number(start.atNs - process.hrtime.bigint()) / 1e6;
  const originMs = performance.now() + aheadMs;
  await drive(input, {
    links,
    nextRequest:
      input.historyPlan?.isSearched === true
        ? createSearchedRequests(input, input.thread)
        : createRequests(input, input.thread),
    recorder,
    now: () => performance.now() - originMs,
    progress: input.progress,
  });
  return recorder.build();
}

/** Both ends are of one build: a field tells all. */
function isThreadInput(data: unknown): data is ThreadInput {
  return typeof data === 'object' && data !== null && 'progress' in data && 'inFlight' in data;
}
