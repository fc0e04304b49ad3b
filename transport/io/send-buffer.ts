import { fillsScratch, type Scratch, takeScratch } from './buffer-pool.ts';

/**
 * Bytes that the windows did not let out at once: a copy of what was to be sent. Those of large messages go through buffers
 * that are reused: what each would allocate outside the heap makes V8 collect its garbage, which delays everybody.
 */
export class Outbox {
  readonly bytes: Uint8Array;
  sent = 0;
  readonly #scratch: Scratch | undefined;

  constructor(parts: readonly Uint8Array[]) {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    this.#scratch = fillsScratch(length) ? takeScratch(length) : undefined;
    this.bytes = this.#scratch?.buffer.subarray(0, length) ?? Buffer.allocUnsafeSlow(length);
    let at = 0;
    for (const part of parts) {
      this.bytes.set(part, at);
      at += part.length;
    }
  }

  /** What has not been sent. */
  get rest(): Uint8Array {
    return this.bytes.subarray(this.sent);
  }

  /** Nobody will look at the bytes again. One that is not released is garbage like anything else. */
  release(): void {
    this.#scratch?.release();
  }
}
