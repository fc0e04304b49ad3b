import { siblingModule } from '../../../thread/start.ts';
import { joinThreads, type ThreadResults } from '../coordinator.ts';
import { openLoadThread } from '../thread.ts';
import type { GeneratorPlan } from './plan.ts';
import type { Recording } from './recorder.ts';
import type { GeneratorInput } from './worker.ts';

/** Until then every thread has heard of the common start. */
const leadMs = 20;

/**
 * What a call leaves behind dies young: with more room for it the collector looks less often, and a pause of the
 * generator is not taken for one of the server.
 */
const maxYoungGenerationSizeMb = 64;

/** A counter that threads share: element 0 for the calls that have ended, element 1 for those that failed. */
export function createGeneratorProgress(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
}

/**
 * Runs the generator: connects all threads, starts them together, and joins them all.
 *
 * @throws NumStoreClientError UNREACHABLE when a connection cannot be made; no thread is left then either
 */
export function runGenerator(
  plan: GeneratorPlan,
  progress: Int32Array = createGeneratorProgress(),
): Promise<ThreadResults<Recording>> {
  const file = siblingModule('worker', import.meta.url);
  const threads = Array.from({ length: plan.threads }, (_, thread) =>
    openLoadThread<Recording>(file, { ...plan, thread, progress } satisfies GeneratorInput, {
      maxYoungGenerationSizeMb,
    }),
  );
  return joinThreads(threads, leadMs);
}
