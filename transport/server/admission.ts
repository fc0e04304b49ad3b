/** When calls are refused unread. */
export interface GateOptions {
  /** Calls that have waited longer in this process, in milliseconds, are late. */
  readonly lateMs: number;
  /** Paths whose calls are served in any case: what tells whether the server is there must not fail for being busy. */
  readonly spares: (path: string) => boolean;
}

/** Being late for so long on end is no burst: more comes than can be served. */
const standingMs = 100;

/** Then the queue is to get shorter, not to stay as long as it may: so much of `lateMs` is late meanwhile. */
const standingShare = 1 / 2;

/** As long as this without a late call, and all is well again: no sooner, or each gap would be a burst's excuse. */
const recoveredMs = 500;

/**
 * Knows whether more comes than can be served, from how long what is read has waited to be read (after CoDel, RFC
 * 8289). A burst is served late; once that goes on, what is late is refused, which costs a fraction of serving it, and
 * what is not late is served in time.
 */
export class Gate {
  readonly #options: GateOptions;
  readonly #now: () => number;
  #lateSince = 0;
  #lastLateAt = Number.NEGATIVE_INFINITY;

  constructor(options: GateOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
  }

  /** Told of each read how long the bytes have waited; answers whether the calls that begin in them are too late. */
  isTooLate(waitedMs: number): boolean {
    const { lateMs } = this.#options;
    if (waitedMs < standingShare * lateMs) return false;
    const now = this.#now();
    if (now - this.#lastLateAt > recoveredMs) this.#lateSince = now;
    const isStanding = now - this.#lateSince >= standingMs;
    if (!isStanding && waitedMs < lateMs) return false;
    this.#lastLateAt = now;
    return isStanding;
  }

  spares(path: string): boolean {
    return this.#options.spares(path);
  }
}
