import type { Key } from '../domain/key.ts';

const slotsPerBlock = 65_536;

/**
 * Int64s by key: a Map from the key to a slot in typed arrays. A BigInt of its own takes 24 bytes of heap, which the
 * garbage collector has to visit; a slot takes 8, which it does not.
 */
export class Values {
  readonly #slots = new Map<Key, number>();
  readonly #blocks: BigInt64Array[] = [];
  readonly #free: number[] = [];

  get(key: Key): bigint | undefined {
    const slot = this.#slots.get(key);
    return slot === undefined ? undefined : this.#block(slot)[slot % slotsPerBlock];
  }

  set(key: Key, value: bigint): void {
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      slot = this.#free.pop() ?? this.#slots.size;
      this.#slots.set(key, slot);
    }
    this.#block(slot)[slot % slotsPerBlock] = value;
  }

  delete(key: Key): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    this.#slots.delete(key);
    this.#free.push(slot);
  }

  /** Blocks are made as slots come into use, one after the other. */
  #block(slot: number): BigInt64Array {
    const index = Math.floor(slot / slotsPerBlock);
    const block = this.#blocks[index] ?? new BigInt64Array(slotsPerBlock);
    this.#blocks[index] = block;
    return block;
  }
}
