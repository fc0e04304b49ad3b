import type { HpackEncoder } from './encoder.ts';
import type { HeaderField } from './field.ts';

/** A header list that is sent again and again on one connection: encoded once, as long as the table stands still. */
export class RecurringBlock {
  readonly #fields: readonly HeaderField[];
  #bytes: Buffer | undefined;
  #changes = -1;

  constructor(fields: readonly HeaderField[]) {
    this.#fields = fields;
  }

  /** The block to send next. */
  encode(encoder: HpackEncoder): Buffer {
    const { changes } = encoder;
    if (this.#bytes !== undefined && this.#changes === changes) return this.#bytes;
    const bytes = encoder.encode(this.#fields);
    // A block that changes the table may be sent this once only.
    const isReusable = encoder.changes === changes;
    this.#bytes = isReusable ? bytes : undefined;
    this.#changes = changes;
    return bytes;
  }
}

/** What can be put into a HEADERS frame. */
export type Block = RecurringBlock | readonly HeaderField[];

/** The bytes of either kind; they must be sent at once, before any other block is encoded. */
export function encodeBlock(block: Block, encoder: HpackEncoder): Buffer {
  return block instanceof RecurringBlock ? block.encode(encoder) : encoder.encode(block);
}
