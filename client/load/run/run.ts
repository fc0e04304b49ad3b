import { siblingModule } from '../../../thread/start.ts';
import type { Security } from '../../security/options.ts';
import type { WitnessPlan } from './history-plan.ts';
import type { GeneratorPlan } from './plan.ts';
import { createProgress, type RunProgress } from './progress.ts';
import { openLoadThread } from './thread.ts';
import { joinThreads, type ThreadResults } from './threads.ts';
import type { GeneratorInput, WitnessedRecording } from './worker.ts';

/** Until then every thread has heard of the common start. */
const leadMs = 20;

/**
 * What a call leaves behind dies young: with more room for it the collector looks less often, and a pause of the
 * generator is not taken for one of the server.
 */
const maxYoungGenerationSizeMb = 64;

/** What does not belong to the plan of a run, which its report shows. */
export interface GeneratorHooks {
  /** where the run may be watched and stopped */
  readonly progress?: RunProgress;
  /** @default clear text, without a token */
  readonly security?: Security;
  /** records every call with its answer; undefined: the times alone */
  readonly witness?: WitnessPlan | undefined;
}

/**
 * Runs the generator: connects all threads, starts them together, and joins them all.
 *
 * @throws NumStoreClientError UNREACHABLE when a connection cannot be made; no thread is left then either
 */
export function runGenerator(
  plan: GeneratorPlan,
  { progress = createProgress(), security = {}, witness }: GeneratorHooks = {},
): Promise<ThreadResults<WitnessedRecording>> {
  const file = siblingModule('worker', import.meta.url);
  const threads = Array.from({ length: plan.threads }, (_, thread) =>
    openLoadThread<WitnessedRecording>(
      file,
      { ...plan, thread, progress, security, witness } satisfies GeneratorInput,
      {
        maxYoungGenerationSizeMb,
      },
    ),
  );
  return joinThreads(threads, leadMs);
}
