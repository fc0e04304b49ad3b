/** One field of a message as it stands on the wire, whatever the .proto calls it. */
export interface WireField {
  readonly number: number;
  /** a varint as an int64, or the bytes of anything with a length; undefined for the fixed widths */
  readonly value: bigint | Buffer | undefined;
}

const varint = 0;
const fixed64 = 1;
const lengthDelimited = 2;
const fixed32 = 5;

/** A string field; an empty one is left out, as proto3 does. */
export function stringField(number: number, text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length === 0) return bytes;
  return Buffer.concat([tag(number, lengthDelimited), encodeVarint(BigInt(bytes.length)), bytes]);
}

/** An int64 field; 0 is left out, as proto3 does. */
export function integerField(number: number, value: bigint): Buffer {
  return value === 0n
    ? Buffer.alloc(0)
    : Buffer.concat([tag(number, varint), encodeVarint(BigInt.asUintN(64, value))]);
}

function tag(number: number, type: number): Buffer {
  return encodeVarint(BigInt(8 * number + type));
}

function encodeVarint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

/** The fields of a message; undefined for bytes that are none. */
export function readFields(bytes: Buffer): WireField[] | undefined {
  const fields: WireField[] = [];
  let at = 0;
  const readVarint = (): bigint | undefined => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) return undefined;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
    return undefined;
  };
  while (at < bytes.length) {
    const key = readVarint();
    if (key === undefined) return undefined;
    const [number, type] = [Number(key >> 3n), Number(key & 7n)];
    if (type === varint) {
      const value = readVarint();
      if (value === undefined) return undefined;
      fields.push({ number, value: BigInt.asIntN(64, value) });
      continue;
    }
    const length = lengthOf(type, readVarint);
    if (length === undefined || at + length > bytes.length) return undefined;
    const isText = type === lengthDelimited;
    fields.push({ number, value: isText ? bytes.subarray(at, at + length) : undefined });
    at += length;
  }
  return fields;
}

function lengthOf(type: number, readVarint: () => bigint | undefined): number | undefined {
  if (type === fixed64) return 8;
  if (type === fixed32) return 4;
  const length = type === lengthDelimited ? readVarint() : undefined;
  return length === undefined ? undefined : Number(length);
}
