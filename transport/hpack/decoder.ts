import { DynamicTable } from './dynamic-table.ts';
import { HpackError } from './error.ts';
import { fieldBytes, type HeaderField } from './field.ts';
import { decodeHuffman } from './huffman.ts';
import { type Cursor, readInteger } from './integer.ts';
import { staticTable } from './static-table.ts';

/** A decoded header block. */
export interface HeaderList {
  readonly fields: readonly HeaderField[];
  /** The list is larger than allowed, and `fields` lacks its end. The table is in step. */
  readonly tooLarge: boolean;
}

/** Patterns of the first octet (RFC 7541 6). */
const indexed = 0x80;
const literalWithIndexing = 0x40;
const sizeUpdate = 0x20;
const literalNeverIndexed = 0x10;
const huffmanFlag = 0x80;

/** Two updates suffice: the smallest size in between, and the last (RFC 7541 4.2). */
const sizeUpdatesMax = 2;

/** Reads the header blocks of one connection, in order (RFC 7541). */
export class HpackDecoder {
  readonly #table: DynamicTable;
  readonly #tableBytesMax: number;
  readonly #listBytesMax: number;

  /**
   * @param tableBytesMax SETTINGS_HEADER_TABLE_SIZE, as announced
   * @param listBytesMax beyond it a list is `tooLarge`, and the rest of its fields is dropped
   */
  constructor(tableBytesMax: number, listBytesMax: number) {
    this.#table = new DynamicTable(tableBytesMax);
    this.#tableBytesMax = tableBytesMax;
    this.#listBytesMax = listBytesMax;
  }

  /** Counts changes of the table. While it does not change, equal blocks decode to equal lists. */
  get changes(): number {
    return this.#table.changes;
  }

  /**
   * Decodes the block `bytes[start..end)`.
   * @throws HpackError if it is malformed; the connection cannot go on
   */
  decode(bytes: Buffer, start: number, end: number): HeaderList {
    const cursor: Cursor = { bytes, at: start, end };
    this.#readSizeUpdates(cursor);
    const fields: HeaderField[] = [];
    let listBytes = 0;
    while (cursor.at < end) {
      const field = this.#readField(cursor);
      listBytes += fieldBytes(field);
      if (listBytes <= this.#listBytesMax) fields.push(field);
    }
    return { fields, tooLarge: listBytes > this.#listBytesMax };
  }

  /** Size updates are allowed at the beginning of a block only (RFC 7541 4.2). */
  #readSizeUpdates(cursor: Cursor): void {
    for (let updates = 0; (peek(cursor) & 0xe0) === sizeUpdate; updates++) {
      if (updates === sizeUpdatesMax) throw new HpackError('Too many table size updates in a header block');
      const bytesMax = readInteger(cursor, 5);
      if (bytesMax > this.#tableBytesMax) {
        throw new HpackError('A table size update exceeds SETTINGS_HEADER_TABLE_SIZE');
      }
      this.#table.resize(bytesMax);
    }
  }

  #readField(cursor: Cursor): HeaderField {
    const pattern = peek(cursor);
    if ((pattern & indexed) !== 0) return this.#lookUp(readInteger(cursor, 7));
    if ((pattern & literalWithIndexing) !== 0) {
      const field = this.#readLiteral(cursor, 6);
      this.#table.insert(field);
      return field;
    }
    if ((pattern & sizeUpdate) !== 0) throw new HpackError('A table size update comes after a field');
    const field = this.#readLiteral(cursor, 4);
    return (pattern & literalNeverIndexed) === 0 ? field : { ...field, sensitive: true };
  }

  #readLiteral(cursor: Cursor, prefixBits: number): HeaderField {
    const index = readInteger(cursor, prefixBits);
    const name = index === 0 ? readString(cursor) : this.#lookUp(index).name;
    return { name, value: readString(cursor) };
  }

  #lookUp(index: number): HeaderField {
    const field =
      index <= staticTable.length ? staticTable[index - 1] : this.#table.at(index - staticTable.length - 1);
    if (field === undefined) throw new HpackError(`A header block refers to index ${index}, which is empty`);
    return field;
  }
}

function peek({ bytes, at, end }: Cursor): number {
  return at < end ? (bytes[at] ?? 0) : 0;
}

function readString(cursor: Cursor): string {
  const isHuffman = (peek(cursor) & huffmanFlag) !== 0;
  const length = readInteger(cursor, 7);
  const start = cursor.at;
  if (length > cursor.end - start) throw new HpackError('A header block ends inside a string');
  cursor.at += length;
  return isHuffman
    ? decodeHuffman(cursor.bytes, start, cursor.at)
    : cursor.bytes.toString('latin1', start, cursor.at);
}
