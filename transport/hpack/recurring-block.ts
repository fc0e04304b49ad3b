import type { HpackEncoder } from './encoder.ts';
import type { HeaderField } from './field.ts';

/** A header list that one connection sends often: encoded once while the table does not change. */
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
    // A block that changes the table must not be sent twice.
    const isReusable = encoder.changes === changes;
    this.#bytes = isReusable ? bytes : undefined;
    this.#changes = changes;
    return bytes;
  }
}

/** A header list to send. */
export type Block = RecurringBlock | readonly HeaderField[];

/** The bytes of either kind. They must be sent before any other block is encoded. */
export function encodeBlock(block: Block, encoder: HpackEncoder): Buffer {
  return block instanceof RecurringBlock ? block.encode(encoder) : encoder.encode(block);
}
