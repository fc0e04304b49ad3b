import { prepareThread, siblingModule } from '../../../thread/start.ts';
import type { Security } from '../../api/options.ts';
import type { HistoryPlan } from './history-plan.ts';
import type { ThreadInput, ThreadRecording } from './load-thread.ts';
import type { LoadPlan } from './plan.ts';
import { createProgress, type RunProgress } from './progress.ts';
import { openLoadThread } from './thread.ts';
import { joinThreads, type ThreadResults } from './threads.ts';

/** In an open loop, until then every thread knows the common start. */
const openLoopLeadMs = 20;

/**
 * What a call leaves behind dies young: with more room the collector runs less often, and a pause
 * of the client does not count as one of the server.
 */
const maxYoungGenerationSizeMb = 64;

/** What does not belong to the plan of a run, which its report shows. */
export interface RunHooks {
  /** where the run may be watched and stopped */
  readonly progress?: RunProgress;
  /** @default clear text, without a token */
  readonly security?: Security;
  /** records every call with its answer; undefined: the times alone */
  readonly historyPlan?: HistoryPlan | undefined;
  /** the module that a thread runs @default the one of the plan's client */
  readonly workerFile?: URL;
}

/**
 * Runs the load: connects all threads, starts them together, and joins them all.
 *
 * @throws NumStoreClientError UNREACHABLE when a connection cannot be made; no thread is left then either
 */
export async function runLoad(
  plan: LoadPlan,
  { progress = createProgress(), security = {}, historyPlan, workerFile = workerOf(plan) }: RunHooks = {},
): Promise<ThreadResults<ThreadRecording>> {
  // a bundle of grpc-js does not run
  const program = await prepareThread(workerFile, { isBundled: plan.client === 'light' });
  const threads = Array.from({ length: plan.threads }, (_, thread) => {
    const workerData = { ...plan, thread, progress, security, historyPlan } satisfies ThreadInput;
    const resourceLimits = { maxYoungGenerationSizeMb };
    return openLoadThread<ThreadRecording>(program.start({ workerData, resourceLimits }));
  });
  return joinThreads(threads, plan.rate === null ? 0 : openLoopLeadMs);
}

function workerOf({ client }: LoadPlan): URL {
  return siblingModule(client === 'light' ? 'worker' : 'grpc-js-worker', import.meta.url);
}
