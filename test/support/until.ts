import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';

/** What does not come within so many turns is not of this process: then looking is not worth a core. */
const turnsMax = 1000;

/**
 * Resolves once `condition` holds; what it throws meanwhile counts as false, and a guard ends what never comes. Whoever
 * has to be asked, and promises an answer, is asked every few milliseconds: without a pause it would have nothing else to do.
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  guardMs = 30_000,
): Promise<void> {
  const guard = performance.now() + guardMs;
  let last: unknown;
  for (let turn = 0; performance.now() < guard; turn++) {
    let isAsked = false;
    try {
      const answer = condition();
      isAsked = answer instanceof Promise;
      if (await answer) return;
    } catch (error) {
      last = error;
    }
    await (turn < turnsMax && !isAsked ? nextTurn() : delay(5));
  }
  throw new Error(`${what} did not happen within ${guardMs} ms`, { cause: last });
}
