/** A computed factorial, in memory that all threads share, so that handing it over copies nothing. */
export interface FactorialResult {
  readonly n: number;
  /** n! as an unsigned big-endian integer of minimal width (0! is the one byte 01). */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  /** SHA-256 of `bytes`. */
  readonly sha256: Uint8Array;
}
