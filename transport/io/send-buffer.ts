import { isWorthPooling, type PooledBuffer, takeBuffer } from './buffer-pool.ts';

/**
 * A copy of bytes that wait for a window, or for the socket. Large messages wait in pooled buffers:
 * memory that each allocates outside the heap makes V8 collect garbage, which delays every call.
 */
export class SendBuffer {
  readonly bytes: Uint8Array;
  sent = 0;
  readonly #pooled: PooledBuffer | undefined;

  constructor(parts: readonly Uint8Array[]) {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    this.#pooled = isWorthPooling(length) ? takeBuffer(length) : undefined;
    this.bytes = this.#pooled?.buffer.subarray(0, length) ?? Buffer.allocUnsafeSlow(length);
    let at = 0;
    for (const part of parts) {
      this.bytes.set(part, at);
      at += part.length;
    }
  }

  /** The bytes that have not been sent. */
  get rest(): Uint8Array {
    return this.bytes.subarray(this.sent);
  }

  /**
   * Gives the memory back to the pool: the bytes are not read again. Without it V8 collects them.
   */
  release(): void {
    this.#pooled?.release();
  }
}
