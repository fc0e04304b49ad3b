import { setImmediate as nextTurn } from 'node:timers/promises';

/** Resolves once `condition` holds, looking at every turn of the event loop; a guard ends what never comes. */
export async function until(condition: () => boolean, what: string, guardMs = 30_000): Promise<void> {
  const guard = performance.now() + guardMs;
  while (!condition()) {
    if (performance.now() > guard) throw new Error(`${what} did not happen within ${guardMs} ms`);
    await nextTurn();
  }
}
