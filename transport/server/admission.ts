/** When calls are refused without being read. */
export interface AdmissionOptions {
  /** Calls that have waited longer than this in the process, in milliseconds, are late. */
  readonly lateMs: number;
  /** Whether calls of a path are always served: a health check must not fail under load. */
  readonly isExempt: (path: string) => boolean;
}

/** How long calls must be late before it is an overload and not a burst, in milliseconds. */
const overloadMs = 100;

/** While load is shed, calls are late after this share of `lateMs`, so that the backlog shrinks. */
const sheddingShare = 1 / 2;

/** How long without a late call ends an overload, in milliseconds. Sooner, any gap would end it. */
const recoveryMs = 500;

/**
 * Admission control: finds an overload by how long received bytes have waited to be read (after
 * CoDel, RFC 8289). A burst is served late. In an overload late calls are refused, which costs a
 * fraction of serving them, and the others are served in time.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #now: () => number;
  #lateSince = 0;
  #lastLateAt = Number.NEGATIVE_INFINITY;

  constructor(options: AdmissionOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
  }

  /**
   * Takes how long the bytes of a read have waited. Returns whether the calls in them are refused.
   */
  isTooLate(waitedMs: number): boolean {
    const { lateMs } = this.#options;
    if (waitedMs < sheddingShare * lateMs) return false;
    const now = this.#now();
    if (now - this.#lastLateAt > recoveryMs) this.#lateSince = now;
    const isShedding = now - this.#lateSince >= overloadMs;
    if (!isShedding && waitedMs < lateMs) return false;
    this.#lastLateAt = now;
    return isShedding;
  }

  isExempt(path: string): boolean {
    return this.#options.isExempt(path);
  }
}
