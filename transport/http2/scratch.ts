/** A buffer lent out until it is released. */
export interface Scratch {
  readonly buffer: Buffer;
  release(): void;
}

/** One turn's answers fit, and a stream's frame of 16 KiB goes in three times. */
const scratchBytes = 65_536;

/** Kept for reuse: as many as there are connections that write at the same moment, usually. */
const idleMax = 32;

const idle: Scratch[] = [];

/** A buffer of at least `bytes`, its content arbitrary; the usual size is reused by all connections. */
export function takeScratch(bytes: number): Scratch {
  if (bytes > scratchBytes) return { buffer: Buffer.allocUnsafeSlow(bytes), release() {} };
  return idle.pop() ?? createScratch();
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
