/** Memory that one result takes, given back when its last holder releases it. */
export interface Reservation {
  readonly bytes: number;
  readonly holders: number;
  /** One holder more, or several. @throws Error if the last holder has released it already */
  retain(holders?: number): void;
  /** One holder less. @throws Error if there is none: a release without a hold is a fault of the caller */
  release(): void;
}

/**
 * The bytes of all results that anybody holds: the cache, computations under way, and streams that are being
 * read. Each result counts once, however many hold it. Every access happens inside the lock.
 */
export interface MemoryBudget {
  /** Takes `bytes` for a result with one holder; `undefined` if that would go beyond the bound. */
  reserve(bytes: number): Reservation | undefined;
  readonly usedBytes: number;
}

/** Memory for results of at most `bytesMax` bytes together, none of it taken. */
export function createMemoryBudget(bytesMax: number): MemoryBudget {
  let usedBytes = 0;
  return {
    reserve(bytes) {
      if (usedBytes + bytes > bytesMax) return undefined;
      usedBytes += bytes;
      let holders = 1;
      return {
        bytes,
        get holders() {
          return holders;
        },
        retain(more = 1) {
          assertHeld(holders);
          holders += more;
        },
        release() {
          assertHeld(holders);
          holders -= 1;
          if (holders === 0) usedBytes -= bytes;
        },
      };
    },
    get usedBytes() {
      return usedBytes;
    },
  };
}

/** Without this check, a wrong count shows only as memory that is read while it counts as free. */
function assertHeld(holders: number): void {
  if (holders < 1) throw new Error(`Expected a result with a holder, got ${holders} holders`);
}
