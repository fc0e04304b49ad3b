import { int64, type Range } from './codec.ts';

/** What a field is good for. */
export type Sort = 'text' | 'integer' | 'truth';

/** A field of a message, as a .proto file declares it. */
export interface Field {
  readonly name: string;
  readonly number: number;
  readonly sort: Sort;
  /** of an integer: what it can hold exactly */
  readonly range: Range;
}

/** A message, as a .proto file declares it. */
export interface MessageType {
  readonly name: string;
  readonly fields: readonly Field[];
}

const int32: Range = { min: -(2n ** 31n), max: 2n ** 31n - 1n };
/** A double holds these exactly. */
const inDouble: Range = { min: -(2n ** 53n), max: 2n ** 53n };
const unsigned = (bits: bigint): Range => ({ min: 0n, max: 2n ** bits - 1n });

const integers: ReadonlyMap<unknown, Range> = new Map([
  ['TYPE_INT64', int64],
  ['TYPE_SINT64', int64],
  ['TYPE_SFIXED64', int64],
  ['TYPE_UINT64', unsigned(64n)],
  ['TYPE_FIXED64', unsigned(64n)],
  ['TYPE_INT32', int32],
  ['TYPE_SINT32', int32],
  ['TYPE_SFIXED32', int32],
  ['TYPE_UINT32', unsigned(32n)],
  ['TYPE_FIXED32', unsigned(32n)],
  ['TYPE_DOUBLE', inDouble],
  ['TYPE_FLOAT', { min: -(2n ** 24n), max: 2n ** 24n }],
]);

/** Reads a DescriptorProto as proto-loader gives it. Fields of other types are left out. */
export function readMessageType(descriptor: object): MessageType {
  const declared = get(descriptor, 'field');
  const fields = Array.isArray(declared) ? declared.flatMap((each: unknown) => readField(each) ?? []) : [];
  return { name: String(get(descriptor, 'name')), fields };
}

/** The field of this name, or else the only one of its sort. */
export function pickField({ fields }: MessageType, name: string, sort: Sort): Field | undefined {
  const fitting = fields.filter((field) => field.sort === sort);
  const named = fitting.find((field) => field.name.toLowerCase() === name);
  return named ?? (fitting.length === 1 ? fitting[0] : undefined);
}

function readField(declared: unknown): Field | undefined {
  const [name, number, type] = ['name', 'number', 'type'].map((property) => get(declared, property));
  if (typeof name !== 'string' || typeof number !== 'number') return undefined;
  const range = integers.get(type);
  if (range !== undefined) return { name, number, sort: 'integer', range };
  if (type === 'TYPE_STRING') return { name, number, sort: 'text', range: int64 };
  return type === 'TYPE_BOOL' ? { name, number, sort: 'truth', range: int64 } : undefined;
}

/** A property of something whose shape nobody declared. */
export function get(thing: unknown, property: string): unknown {
  if (typeof thing !== 'object' || thing === null) return undefined;
  return Object.getOwnPropertyDescriptor(thing, property)?.value;
}
