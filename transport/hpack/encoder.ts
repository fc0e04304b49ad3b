import { DynamicTable } from './dynamic-table.ts';
import type { HeaderField } from './field.ts';
import { huffmanBytes, writeHuffman } from './huffman.ts';
import { writeInteger } from './integer.ts';
import { staticIndexOfField, staticIndexOfName, staticTable } from './static-table.ts';

/** Whether a field gets an entry of the table: its value recurs. */
export type IsRecurring = (field: HeaderField) => boolean;

/** The largest table, whatever the peer allows: few fields recur. */
const tableBytesLimit = 4096;

/** Writes the header blocks of one connection. They must be sent in the order of their encoding. */
export class HpackEncoder {
  readonly #table = new DynamicTable(tableBytesLimit);
  readonly #isRecurring: IsRecurring;
  /**
   * The smallest and the last size set since the last block. The next block announces them (RFC
   * 7541 4.2).
   */
  #resized: { smallest: number; last: number } | undefined;

  constructor(isRecurring: IsRecurring) {
    this.#isRecurring = isRecurring;
  }

  /**
   * Counts changes of the table. An encoded block is stale unless this is as before and after it.
   */
  get changes(): number {
    return this.#table.changes;
  }

  /** The peer's SETTINGS_HEADER_TABLE_SIZE. */
  limitTable(bytes: number): void {
    const size = Math.min(bytes, tableBytesLimit);
    this.#resized = { smallest: Math.min(size, this.#resized?.smallest ?? size), last: size };
    this.#table.resize(this.#resized.smallest);
    this.#table.resize(size);
  }

  /** The block for `fields`. */
  encode(fields: Iterable<HeaderField>): Buffer {
    const out: number[] = [];
    this.#writeSizeUpdates(out);
    for (const field of fields) this.#writeField(out, field);
    return Buffer.from(out);
  }

  #writeSizeUpdates(out: number[]): void {
    if (this.#resized === undefined) return;
    const { smallest, last } = this.#resized;
    if (smallest < last) writeInteger(out, 0x20, 5, smallest);
    writeInteger(out, 0x20, 5, last);
    this.#resized = undefined;
    // A block with size updates must not be sent twice: a change makes it stale at once.
    this.#table.resize(last);
  }

  #writeField(out: number[], field: HeaderField): void {
    const index = field.sensitive === true ? 0 : this.#indexOf(field);
    if (index > 0) {
      writeInteger(out, 0x80, 7, index);
      return;
    }
    const nameIndex = this.#indexOfName(field.name);
    if (field.sensitive === true) {
      writeInteger(out, 0x10, 4, nameIndex);
    } else if (this.#isRecurring(field)) {
      this.#table.insert(field);
      writeInteger(out, 0x40, 6, nameIndex);
    } else {
      writeInteger(out, 0x00, 4, nameIndex);
    }
    if (nameIndex === 0) writeString(out, field.name);
    writeString(out, field.value);
  }

  #indexOf({ name, value }: HeaderField): number {
    const index = staticIndexOfField.get(`${name}\0${value}`);
    if (index !== undefined) return index;
    const position = this.#table.find(name, value);
    return position < 0 ? 0 : staticTable.length + 1 + position;
  }

  #indexOfName(name: string): number {
    const index = staticIndexOfName.get(name);
    if (index !== undefined) return index;
    const position = this.#table.findName(name);
    return position < 0 ? 0 : staticTable.length + 1 + position;
  }
}

function writeString(out: number[], text: string): void {
  const coded = huffmanBytes(text);
  if (coded < text.length) {
    writeInteger(out, 0x80, 7, coded);
    writeHuffman(out, text);
    return;
  }
  writeInteger(out, 0x00, 7, text.length);
  for (let at = 0; at < text.length; at++) out.push(text.charCodeAt(at));
}
