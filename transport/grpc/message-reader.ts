import { readUint32, writeUint32 } from '../frames/bytes.ts';
import { decompress, type Encoding } from './compression.ts';
import { GrpcError, Status } from './status.ts';

/** A flag and a length before each message (gRPC over HTTP/2, "Length-Prefixed-Message"). */
export const prefixBytes = 5;

const firstCapacity = 1_024;

/**
 * Cuts the content of a stream into messages. It holds only the bytes of a message that is
 * incomplete.
 */
export class MessageReader {
  readonly #messageBytesMax: number;
  readonly #encoding: Encoding;
  /** Prefix and message so far. It grows with what comes, not with what is announced. */
  #held = Buffer.alloc(0);
  #heldBytes = 0;

  constructor(messageBytesMax: number, encoding: Encoding) {
    this.#messageBytesMax = messageBytesMax;
    this.#encoding = encoding;
  }

  /** Memory of a message that is incomplete. */
  get heldBytes(): number {
    return this.#held.length;
  }

  /**
   * Hands each message that `bytes[start..end)` completes to `onMessage`.
   * @throws GrpcError RESOURCE_EXHAUSTED, INTERNAL, UNIMPLEMENTED for messages that cannot be taken
   */
  read(bytes: Buffer, start: number, end: number, onMessage: (message: Buffer) => void): void {
    let at = start;
    while (at < end) {
      if (this.#heldBytes > 0) {
        at = this.#complete(bytes, at, end, onMessage);
        continue;
      }
      const whole = end - at < prefixBytes ? Number.POSITIVE_INFINITY : this.#wholeBytes(bytes, at);
      if (at + whole > end) {
        this.#hold(bytes, at, end);
        return;
      }
      onMessage(this.#open(bytes, at, at + whole));
      at += whole;
    }
  }

  /** Takes what the incomplete message lacks. Returns where it ended. */
  #complete(bytes: Buffer, start: number, end: number, onMessage: (message: Buffer) => void): number {
    const wanted = this.#heldBytes < prefixBytes ? prefixBytes : this.#wholeBytes(this.#held, 0);
    const stop = Math.min(end, start + wanted - this.#heldBytes);
    this.#hold(bytes, start, stop);
    if (this.#heldBytes < prefixBytes || this.#heldBytes < this.#wholeBytes(this.#held, 0)) return stop;
    const message = this.#open(this.#held, 0, this.#heldBytes);
    this.#held = Buffer.alloc(0);
    this.#heldBytes = 0;
    onMessage(message);
    return stop;
  }

  #hold(bytes: Buffer, start: number, end: number): void {
    const needed = this.#heldBytes + end - start;
    if (needed > this.#held.length) {
      const larger = Buffer.alloc(Math.max(needed, this.#held.length * 2, firstCapacity));
      this.#held.copy(larger, 0, 0, this.#heldBytes);
      this.#held = larger;
    }
    bytes.copy(this.#held, this.#heldBytes, start, end);
    this.#heldBytes = needed;
  }

  #wholeBytes(bytes: Buffer, at: number): number {
    const length = readUint32(bytes, at + 1);
    if (length > this.#messageBytesMax) {
      const limit = this.#messageBytesMax;
      throw new GrpcError(Status.RESOURCE_EXHAUSTED, `A message of ${length} bytes; the limit is ${limit}`);
    }
    return prefixBytes + length;
  }

  #open(bytes: Buffer, at: number, end: number): Buffer {
    const flag = bytes[at];
    const content = bytes.subarray(at + prefixBytes, end);
    if (flag === 0) return content;
    if (flag !== 1)
      throw new GrpcError(Status.INTERNAL, 'The compressed-flag of a message is neither 0 nor 1');
    return decompress(content, this.#encoding, this.#messageBytesMax);
  }
}

/** Whether `bytes[start..end)` is just one uncompressed message of at most `bytesMax`. */
export function isWholeMessage(bytes: Buffer, start: number, end: number, bytesMax: number): boolean {
  const length = end - start - prefixBytes;
  return length >= 0 && length <= bytesMax && bytes[start] === 0 && readUint32(bytes, start + 1) === length;
}

const prefix = new Uint8Array(prefixBytes);

/** The prefix of an uncompressed message: one shared array, valid until the next call. */
export function messagePrefix(length: number): Uint8Array {
  writeUint32(prefix, 1, length);
  return prefix;
}
