import { ConnectionFault, ErrorCode } from './errors.ts';
import type { Limits } from './limits.ts';

/** A header block that comes in several frames (RFC 9113 6.10). */
export class HeaderAssembly {
  readonly streamId: number;
  readonly endStream: boolean;
  /** Whether the stream is to be reset when the block has ended. */
  readonly isMalformed: boolean;
  readonly #limits: Limits;
  readonly #fragments: Buffer[] = [];
  #bytes = 0;

  constructor(streamId: number, endStream: boolean, isMalformed: boolean, limits: Limits) {
    this.streamId = streamId;
    this.endStream = endStream;
    this.isMalformed = isMalformed;
    this.#limits = limits;
  }

  /**
   * Adds a copy of a fragment: it may wait long, and must not keep a whole read alive. Only decoding all of a block keeps the table in step, so a block far beyond
   * the announced size ends the connection.
   * @throws ConnectionFault ENHANCE_YOUR_CALM for too many fragments or bytes
   */
  add(fragment: Buffer): void {
    this.#fragments.push(Buffer.from(fragment));
    this.#bytes += fragment.length;
    const { continuations, headerListBytes } = this.#limits;
    if (this.#fragments.length > continuations + 1 || this.#bytes > headerListBytes * 2) {
      throw new ConnectionFault(ErrorCode.enhanceYourCalm, 'A header block in too many pieces or bytes');
    }
  }

  whole(): Buffer {
    return Buffer.concat(this.#fragments, this.#bytes);
  }
}
