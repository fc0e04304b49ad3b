import type { Caller } from '../../server/caller.ts';

/** Anybody who waits for ever: a new signal for each, as each call has its own. */
export const patient: Caller = {
  get signal() {
    return new AbortController().signal;
  },
};

/** 1 in the short suite; the long one sets 10, and then counts are those that the issue asks for. */
export const testScale = Number(process.env['NUMSTORE_TEST_SCALE'] ?? '1');
