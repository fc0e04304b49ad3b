/** Memory that one result takes, given back when its last holder lets go. */
export interface Reservation {
  readonly bytes: number;
  readonly holders: number;
  /** One holder more, or several. */
  retain(holders?: number): void;
  /** One holder less. */
  release(): void;
  /** Calls `free` once no holder is left. */
  whenFree(free: () => void): void;
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
      let free: (() => void) | undefined;
      return {
        bytes,
        get holders() {
          return holders;
        },
        retain(more = 1) {
          holders += more;
        },
        release() {
          holders -= 1;
          if (holders !== 0) return;
          usedBytes -= bytes;
          free?.();
        },
        whenFree(task) {
          free = task;
        },
      };
    },
    get usedBytes() {
      return usedBytes;
    },
  };
}
