import type { Caller } from '../../server/domain/caller.ts';

/** Anybody who waits for ever: a new signal for each, as each call has its own. */
export const patient: Caller = {
  get signal() {
    return new AbortController().signal;
  },
};
