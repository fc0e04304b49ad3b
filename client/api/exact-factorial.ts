import { createHash } from 'node:crypto';
import type { FactExactChunk } from '../../generated/numstore.ts';
import { NumStoreClientError } from './client-error.ts';

/** An exact factorial, its length and SHA-256 checked. */
export interface ExactFactorial {
  /** the number that was stored under the key */
  readonly n: bigint;
  /** n! */
  readonly value: bigint;
  /** n! as an unsigned big-endian integer */
  readonly bytes: Uint8Array;
  /** whether it was in the cache when the key was looked up */
  readonly hit: boolean;
}

/** How much of an exact factorial has arrived. */
export interface ExactProgress {
  readonly receivedBytes: number;
  /** of the whole */
  readonly byteLength: number;
}

/** The largest BigInt there is has 2^30 bits; nobody makes us reserve more than that. */
export const byteLengthMax = 2 ** 27;

/** What the first message announces, with room for the rest. */
interface Announced {
  readonly n: bigint;
  readonly hit: boolean;
  readonly bytes: Buffer;
}

/** Puts the messages of one FactExact together, trusting none of them. */
class ExactAssembly {
  readonly #hash = createHash('sha256');
  #announced: Announced | undefined;
  #receivedBytes = 0;
  #sha256: Uint8Array = new Uint8Array();

  /**
   * Takes the next message.
   *
   * @throws NumStoreClientError CORRUPT when it cannot belong to a factorial
   */
  take(message: FactExactChunk): ExactProgress {
    this.#announced ??= announce(message);
    const { bytes } = this.#announced;
    const end = this.#receivedBytes + message.chunk.length;
    if (end > bytes.length) throw corrupt(`${bytes.length} bytes in all`, `at least ${end}`);
    bytes.set(message.chunk, this.#receivedBytes);
    this.#hash.update(message.chunk);
    this.#receivedBytes = end;
    this.#sha256 = message.sha256; // the last message's counts
    return { receivedBytes: end, byteLength: bytes.length };
  }

  /**
   * The factorial, after the last message.
   *
   * @throws NumStoreClientError CORRUPT when bytes are missing, or are not those that were sent
   */
  finish(): ExactFactorial {
    if (this.#announced === undefined) throw corrupt('at least one message', 'none');
    const { n, hit, bytes } = this.#announced;
    if (this.#receivedBytes < bytes.length) {
      throw corrupt(`${bytes.length} bytes in all`, `${this.#receivedBytes}`);
    }
    const expected = Buffer.from(this.#sha256).toString('hex');
    const computed = this.#hash.digest('hex');
    if (computed !== expected)
      throw corrupt(`SHA-256 ${expected || '(none)'}`, `bytes of SHA-256 ${computed}`);
    return { n, value: BigInt(`0x${bytes.toString('hex')}`), bytes, hit };
  }
}

function announce({ n, hit, byteLength }: FactExactChunk): Announced {
  if (n < 0n) throw corrupt('a factorial of n >= 0', `n = ${n}`);
  if (byteLength < 1n || byteLength > byteLengthMax) {
    throw corrupt(`a byte_length from 1 to ${byteLengthMax}`, `${byteLength}`);
  }
  // not zeroed: every byte is written before it is read, and memory is used only as bytes arrive
  return { n, hit, bytes: Buffer.allocUnsafeSlow(Number(byteLength)) };
}

function corrupt(expected: string, got: string): NumStoreClientError {
  return new NumStoreClientError('CORRUPT', `the answer is damaged: expected ${expected}, got ${got}`);
}

/**
 * Receives one exact factorial, a message at a time.
 *
 * @param onProgress called after each message
 * @throws NumStoreClientError CORRUPT when the answer contradicts itself, else the name of the gRPC status
 */
export async function receiveExact(
  messages: AsyncIterable<FactExactChunk>,
  onProgress?: ((progress: ExactProgress) => void) | undefined,
): Promise<ExactFactorial> {
  const assembly = new ExactAssembly();
  for await (const message of messages) {
    const progress = assembly.take(message);
    try {
      onProgress?.(progress);
    } catch (error) {
      throw NumStoreClientError.from(error);
    }
  }
  return assembly.finish();
}
