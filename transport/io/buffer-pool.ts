/** A buffer lent out until it is released. */
export interface Scratch {
  readonly buffer: Buffer;
  release(): void;
}

/** One turn's answers fit, and so does a message of 64 KiB with what its fields and its prefix add. */
const scratchBytes = 66_560;

/** Kept for reuse: as many as there are connections that write at the same moment, usually. */
const idleMax = 32;

const idle: Scratch[] = [];

/** A buffer of at least `bytes`, its content arbitrary; the usual size is reused by all connections. */
export function takeScratch(bytes: number): Scratch {
  if (bytes > scratchBytes) return { buffer: Buffer.allocUnsafeSlow(bytes), release() {} };
  return idle.pop() ?? createScratch();
}

/** Whether so many bytes are worth a buffer of the usual size: a few that wait for long must not hold one. */
export function fillsScratch(bytes: number): boolean {
  return bytes > scratchBytes / 4;
}

function createScratch(): Scratch {
  const scratch: Scratch = {
    buffer: Buffer.allocUnsafeSlow(scratchBytes),
    release() {
      if (idle.length < idleMax) idle.push(scratch);
    },
  };
  return scratch;
}
