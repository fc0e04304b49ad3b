import { fieldBytes, type HeaderField } from './field.ts';

/**
 * The fields that both ends remember, newest first, bounded in bytes (RFC 7541 2.3.2 and 4).
 * Entries live in a ring, so that neither an insertion nor an eviction moves the others.
 */
export class DynamicTable {
  #ring: (HeaderField | undefined)[] = [];
  #newest = 0;
  #length = 0;
  #bytes = 0;
  #bytesMax: number;
  #changes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get length(): number {
    return this.#length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get bytesMax(): number {
    return this.#bytesMax;
  }

  /** Counts insertions and evictions. While it does not change, an index means the same field. */
  get changes(): number {
    return this.#changes;
  }

  /** The entry at `position`, 0 being the newest. */
  at(position: number): HeaderField | undefined {
    if (position >= this.#length) return undefined;
    return this.#ring[(this.#newest + position) & (this.#ring.length - 1)];
  }

  /** Position of the field, or -1. */
  find(name: string, value: string): number {
    for (let position = 0; position < this.#length; position++) {
      const entry = this.at(position);
      if (entry?.value === value && entry.name === name) return position;
    }
    return -1;
  }

  /** Position of the newest entry with that name, or -1. */
  findName(name: string): number {
    for (let position = 0; position < this.#length; position++) {
      if (this.at(position)?.name === name) return position;
    }
    return -1;
  }

  /** Adds an entry, evicting old ones. An entry larger than the table empties it (RFC 7541 4.4). */
  insert(field: HeaderField): void {
    const bytes = fieldBytes(field);
    this.#changes++;
    this.#evictTo(this.#bytesMax - bytes);
    if (bytes > this.#bytesMax) return;
    if (this.#length === this.#ring.length) this.#grow();
    this.#newest = (this.#newest - 1) & (this.#ring.length - 1);
    this.#ring[this.#newest] = field;
    this.#length++;
    this.#bytes += bytes;
  }

  /** Changes the bound, evicting what no longer fits (RFC 7541 4.3). */
  resize(bytesMax: number): void {
    this.#bytesMax = bytesMax;
    this.#changes++;
    this.#evictTo(bytesMax);
  }

  #evictTo(bytesMax: number): void {
    while (this.#length > 0 && this.#bytes > bytesMax) {
      const oldest = (this.#newest + this.#length - 1) & (this.#ring.length - 1);
      const entry = this.#ring[oldest];
      if (entry !== undefined) this.#bytes -= fieldBytes(entry);
      this.#ring[oldest] = undefined;
      this.#length--;
    }
  }

  /** Doubles the ring, whose length is a power of two so that positions wrap by a mask. */
  #grow(): void {
    const entries = Array.from({ length: this.#length }, (_, position) => this.at(position));
    const capacity = Math.max(8, this.#ring.length * 2);
    this.#ring = [...entries, ...new Array<undefined>(capacity - entries.length).fill(undefined)];
    this.#newest = 0;
  }
}
