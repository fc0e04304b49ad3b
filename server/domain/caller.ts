import type { Timing } from '../timing.ts';

/** Who waits for an answer. */
export interface Caller {
  /**
   * Aborted, with a NumStoreError as its reason, when the caller is gone or its deadline has passed. It is made
   * when it is first read: read it only where there is something to wait for.
   */
  readonly signal: AbortSignal;
  /** Where to write down how long things took, if the caller has asked for it. */
  readonly timing?: Timing | undefined;
}
