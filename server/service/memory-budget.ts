/** Memory that one result takes, given back when its last holder releases it. */
export interface Reservation {
  readonly bytes: number;
  readonly holders: number;
  /** One holder more, or several. @throws Error if the last holder has released it already */
  retain(holders?: number): void;
  /** One holder less. @throws Error if there is none: a release without a hold is a fault of the caller */
  release(): void;
  /** Calls `free` once no holder is left. */
  whenFree(free: () => void): void;
}

/**
 * The longest result that is never refused: all that Fact has. Its caller costs the server a thousand times as much, and
 * callers are bounded, so it needs no bound of its own.
 */
const smallBytesMax = 8;

/** Whether a result of `bytes` bytes counts beside the bound, where large results neither take its place nor make any. */
export function isSmall(bytes: number): boolean {
  return bytes <= smallBytesMax;
}

/**
 * The bytes of all results that anybody holds: the cache, computations under way, and streams that are being
 * read. Each result counts once, however many hold it. Every access happens inside the lock.
 */
export interface MemoryBudget {
  /** Takes `bytes` for a result with one holder; `undefined` if that would go beyond the bound. */
  reserve(bytes: number): Reservation | undefined;
  /** What can be reserved for large results now. */
  readonly freeBytes: number;
  /** What is taken by all results, the small ones beside the bound included. */
  readonly usedBytes: number;
}

/** Memory for results of at most `bytesMax` bytes together, and for small ones beside it; none of it taken. */
export function createMemoryBudget(bytesMax: number): MemoryBudget {
  const used = { large: 0, small: 0 };
  return {
    reserve(bytes) {
      const share = isSmall(bytes) ? 'small' : 'large';
      if (share === 'large' && used.large + bytes > bytesMax) return undefined;
      used[share] += bytes;
      let holders = 1;
      let free: (() => void) | undefined;
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
          if (holders !== 0) return;
          used[share] -= bytes;
          free?.();
        },
        whenFree(task) {
          free = task;
        },
      };
    },
    get freeBytes() {
      return bytesMax - used.large;
    },
    get usedBytes() {
      return used.large + used.small;
    },
  };
}

/** Without this check, a wrong count shows only as memory that is read while it counts as free. */
function assertHeld(holders: number): void {
  if (holders < 1) throw new Error(`Expected a result with a holder, got ${holders} holders`);
}
