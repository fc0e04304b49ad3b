import type { HeaderList, HpackDecoder } from './decoder.ts';

/** A client repeats a few blocks: one for each method that it calls. */
const entriesMax = 4;

/** Longer blocks carry values that do not recur. */
const blockBytesMax = 256;

interface Entry<Head> {
  readonly block: Uint8Array;
  readonly changes: number;
  readonly head: Head;
}

/**
 * Decodes header blocks, and remembers the meanings of recent ones. While the table does not
 * change, equal bytes decode to the same list, so a repeated block costs one comparison.
 */
export class BlockCache<Head> {
  readonly #decoder: HpackDecoder;
  readonly #interpret: (list: HeaderList) => Head;
  readonly #entries: (Entry<Head> | undefined)[] = [];
  #next = 0;

  /** @param interpret the meaning of a list; a pure function */
  constructor(decoder: HpackDecoder, interpret: (list: HeaderList) => Head) {
    this.#decoder = decoder;
    this.#interpret = interpret;
  }

  /**
   * The meaning of the block `bytes[start..end)`.
   * @throws HpackError if it is malformed
   */
  decode(bytes: Buffer, start: number, end: number): Head {
    const { changes } = this.#decoder;
    for (const entry of this.#entries) {
      if (entry?.changes === changes && isEqual(entry.block, bytes, start, end)) return entry.head;
    }
    const head = this.#interpret(this.#decoder.decode(bytes, start, end));
    if (this.#decoder.changes === changes && end - start <= blockBytesMax) {
      this.#entries[this.#next] = { block: Uint8Array.from(bytes.subarray(start, end)), changes, head };
      this.#next = (this.#next + 1) % entriesMax;
    }
    return head;
  }
}

function isEqual(block: Uint8Array, bytes: Buffer, start: number, end: number): boolean {
  if (block.length !== end - start) return false;
  for (let index = 0; index < block.length; index++) {
    if (block[index] !== bytes[start + index]) return false;
  }
  return true;
}
