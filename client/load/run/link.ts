import type { ServerAddress } from '../../api/address.ts';
import type { Security } from '../../api/options.ts';
import type { HistoryRecorder } from './history-recorder.ts';
import type { Reply } from './outcome.ts';
import type { PreparedRequest } from './requests.ts';

/** One connection of the load. */
export interface Link extends AsyncDisposable {
  /** Room for one call at a time. `onEnd` is called once for each call, in a later turn or microtask. */
  openSlot(onEnd: (reply: Reply) => void): Slot;
}

/** Sends one call after the other: what it needs for that is made once. */
export interface Slot {
  send(request: PreparedRequest): void;
}

/** Where the calls of a thread go, and how. */
export interface LinkOptions {
  readonly servers: readonly ServerAddress[];
  readonly security: Security;
  readonly deadlineMs: number;
  readonly isTimed: boolean;
  /** records every call; undefined: none */
  readonly historyRecorder?: HistoryRecorder | undefined;
}

/**
 * Connects a thread.
 *
 * @param numbers those of its connections among the connections of all threads
 * @throws NumStoreClientError UNREACHABLE; nothing is left open then
 */
export type OpenLinks = (options: LinkOptions, numbers: readonly number[]) => Promise<readonly Link[]>;
