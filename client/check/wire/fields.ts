import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** One field of a message as it stands on the wire, whatever the .proto calls it. */
export interface WireField {
  readonly number: number;
  /** a varint as an int64, or the bytes of anything with a length; undefined for the fixed widths */
  readonly value: bigint | Buffer | undefined;
}

/** A string field; an empty one is left out, as proto3 does. */
export function stringField(number: number, text: string): Buffer {
  const writer = new BinaryWriter();
  if (text !== '') writer.tag(number, WireType.LengthDelimited).string(text);
  return Buffer.from(writer.finish());
}

/** An int64 field; 0 is left out, as proto3 does. */
export function integerField(number: number, value: bigint): Buffer {
  const writer = new BinaryWriter();
  if (value !== 0n) writer.tag(number, WireType.Varint).int64(value);
  return Buffer.from(writer.finish());
}

/** The fields of a message; undefined for bytes that are none. */
export function readFields(bytes: Buffer): WireField[] | undefined {
  const fields: WireField[] = [];
  const reader = new BinaryReader(bytes);
  try {
    while (reader.pos < reader.len) {
      const [number, type] = reader.tag();
      fields.push({ number, value: readValue(reader, type) });
    }
    return fields;
  } catch {
    return undefined;
  }
}

/** @throws Error when there is no such value, or it is a group, which proto3 has not */
function readValue(reader: BinaryReader, type: WireType): WireField['value'] {
  switch (type) {
    case WireType.Varint:
      return BigInt(reader.int64());
    case WireType.LengthDelimited:
      return Buffer.from(reader.bytes());
    case WireType.Bit32:
    case WireType.Bit64:
      reader.skip(type);
      return undefined;
    default:
      throw new TypeError(`Expected a field of proto3, got wire type ${type}`);
  }
}
