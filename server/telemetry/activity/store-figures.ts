import type { Caller } from '../../domain/caller.ts';
import type { Store, StoreStats } from '../../store/store.ts';

/** A store that leaves people and scrapers waiting for so long is shown as one without figures. */
const answerMsMax = 1000;

/** How much there is in `store`; `undefined` if it does not say so within a second. */
export async function readStoreFigures(store: Pick<Store, 'stats'>): Promise<StoreStats | undefined> {
  const caller: Caller = { signal: AbortSignal.timeout(answerMsMax) };
  try {
    return await store.stats(caller);
  } catch {
    // Why it does not answer is in the log, where each change of its status is.
    return undefined;
  }
}
