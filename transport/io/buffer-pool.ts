/** A buffer that its user releases. */
export interface PooledBuffer {
  readonly buffer: Buffer;
  release(): void;
}

/** One turn's responses fit, and so does a message of 64 KiB with its fields and its prefix. */
const pooledBytes = 66_560;

/** Buffers kept for reuse: one for each connection that writes at the same moment, usually. */
const idleMax = 32;

const idle: PooledBuffer[] = [];

/**
 * Takes a buffer of at least `bytes`, with arbitrary content. All connections share those of the
 * usual size.
 */
export function takeBuffer(bytes: number): PooledBuffer {
  if (bytes > pooledBytes) return { buffer: Buffer.allocUnsafeSlow(bytes), release() {} };
  return idle.pop() ?? createPooledBuffer();
}

/**
 * Whether `bytes` fill much of a pooled buffer. A few bytes that wait for long must not hold one.
 */
export function isWorthPooling(bytes: number): boolean {
  return bytes > pooledBytes / 4;
}

function createPooledBuffer(): PooledBuffer {
  const pooled: PooledBuffer = {
    buffer: Buffer.allocUnsafeSlow(pooledBytes),
    release() {
      if (idle.length < idleMax) idle.push(pooled);
    },
  };
  return pooled;
}
