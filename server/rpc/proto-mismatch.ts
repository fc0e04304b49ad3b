import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { NumStoreError } from '../domain/errors.ts';
import type { MessageType } from './message-type.ts';

/**
 * Tells people whose .proto differs from ours what is different. Other field numbers make a request that reads as one
 * with the empty key, so that every call of theirs would silently work on that key.
 */

/** A field of a message: its number and wire type are what the bytes tell of it. */
interface Field {
  readonly number: number;
  readonly wire: WireType;
}

interface NamedField extends Field {
  readonly name: string;
}

const wireNames: Readonly<Record<number, string>> = {
  [WireType.Varint]: 'a varint',
  [WireType.Bit64]: '64 bits',
  [WireType.LengthDelimited]: 'length-delimited',
  [WireType.StartGroup]: 'a group',
  [WireType.EndGroup]: 'the end of a group',
  [WireType.Bit32]: '32 bits',
};

/** No request of ours has a field beyond it. */
const numberMax = 15;

/**
 * Called with the bytes of a request that reads as one with the empty key.
 * @throws NumStoreError INVALID_REQUEST if they have a field that `type` does not
 */
export function refuseStrangeFields<Message>(type: MessageType<Message>, bytes: Uint8Array): void {
  const known = fieldsOf(type);
  const strange = findField(
    bytes,
    ({ number, wire }) => !known.some((field) => field.number === number && field.wire === wire),
  );
  if (strange === undefined) return;
  const expected = known.map(({ name, ...field }) => `${name} = ${describe(field)}`).join(', ');
  throw new NumStoreError(
    'INVALID_REQUEST',
    `The request has an empty key and field ${describe(strange)}, but the fields are ${expected}: compare your .proto with numstore.proto`,
  );
}

/**
 * What `path`, which nobody serves, seems to mean: a served path that differs in the package or in upper and lower case.
 * @returns a sentence, or `undefined` where there is no such path
 */
export function explainPath(path: string, served: readonly string[]): string | undefined {
  const wanted = bare(path);
  const meant = served.find((candidate) => bare(candidate) === wanted);
  if (meant === undefined) return undefined;
  return `The server does not implement ${path}, but ${meant}: the service has no package in numstore.proto, and names are case-sensitive`;
}

/** A path without the package and in lower case. */
function bare(path: string): string {
  const [, service = '', method = ''] = path.split('/');
  return `${service.slice(service.lastIndexOf('.') + 1)}/${method}`.toLowerCase();
}

function describe({ number, wire }: Field): string {
  return `${number} (${wireNames[wire] ?? `wire type ${wire}`})`;
}

/** The first field of a message that is as wanted. */
function findField(bytes: Uint8Array, isWanted: (field: Field) => boolean): Field | undefined {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    if (isWanted({ number, wire })) return { number, wire };
    reader.skip(wire, number);
  }
  return undefined;
}

/** The fields of each type that was asked for: finding them out costs more than a call. */
const fieldsByType = new Map<unknown, readonly NamedField[]>();

function fieldsOf<Message>(type: MessageType<Message>): readonly NamedField[] {
  const known = fieldsByType.get(type) ?? findFields(type);
  fieldsByType.set(type, known);
  return known;
}

/** The fields that the generated code of `type` reads, found out by asking it. */
function findFields<Message>(type: MessageType<Message>): readonly NamedField[] {
  const empty = Object.entries(type.decode(new BinaryReader(new Uint8Array())) ?? {});
  const candidates = Array.from({ length: numberMax }, (_, index) => [
    { number: index + 1, wire: WireType.Varint },
    { number: index + 1, wire: WireType.LengthDelimited },
  ]).flat();
  return candidates.flatMap((field) => {
    const writer = new BinaryWriter().tag(field.number, field.wire);
    const one = field.wire === WireType.Varint ? writer.uint32(1) : writer.string('x');
    const values = new Map(Object.entries(type.decode(new BinaryReader(one.finish())) ?? {}));
    const [changed] = empty.filter(([name, value]) => values.get(name) !== value);
    return changed === undefined ? [] : [{ ...field, name: changed[0] }];
  });
}
