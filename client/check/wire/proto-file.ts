import { loadSync, type MethodDefinition, type PackageDefinition } from '@grpc/proto-loader';
import { UsageError } from '../../cli/exit.ts';
import { type Codec, int64, type Range } from './codec.ts';

type Method = MethodDefinition<object, object>;

/**
 * Reads somebody's .proto file, so that other field numbers, names of messages or a package are no obstacle. Fields
 * are found by their names, or, where these differ, by being the only one of their sort.
 *
 * @throws UsageError when the file cannot be read, or has no service with SetNum and Fact
 */
export function loadCodec(path: string): Codec {
  const { service, setNum, fact } = findService(load(path), path);
  const key = ['key', 'text'] as const;
  const setRequest = pickFields(path, setNum.requestType, [key, ['value', 'integer']]);
  const setReply = pickFields(path, setNum.responseType, [['total', 'integer']]);
  const factRequest = pickFields(path, fact.requestType, [key]);
  const factReply = pickFields(path, fact.responseType, [
    ['value', 'integer'],
    ['hit', 'truth'],
    ['error', 'text'],
  ]);
  const described = [setRequest, setReply, factRequest, factReply].map(({ description }) => description);
  return {
    description: `${service} (${described.join(', ')})`,
    setNumPath: setNum.path,
    factPath: fact.path,
    ranges: { value: setRequest.range(1), total: setReply.range(0), factorial: factReply.range(0) },
    encodeSetNum: (text, value) => setNum.requestSerialize(setRequest.object(text, `${value}`)),
    decodeSetNum: (bytes) => toInteger(setReply.get(setNum.responseDeserialize(bytes), 0)),
    encodeFact: (text) => fact.requestSerialize(factRequest.object(text)),
    decodeFact: (bytes) => {
      const reply = fact.responseDeserialize(bytes);
      const error = factReply.get(reply, 2);
      return {
        value: toInteger(factReply.get(reply, 0)),
        hit: factReply.get(reply, 1) === true,
        error: typeof error === 'string' ? error : '',
      };
    },
  };
}

function load(path: string): PackageDefinition {
  try {
    return loadSync(path, { keepCase: true, longs: String, defaults: true });
  } catch (error) {
    return fail(path, error instanceof Error ? error.message : String(error));
  }
}

function findService(definition: PackageDefinition, path: string) {
  for (const [service, candidate] of Object.entries(definition)) {
    const methods = new Map(Object.entries(candidate).map(([name, method]) => [name.toLowerCase(), method]));
    const [setNum, fact] = [methods.get('setnum'), methods.get('fact')];
    if (isMethod(setNum) && isMethod(fact)) return { service, setNum, fact };
  }
  return fail(path, 'no service there has the calls SetNum and Fact');
}

function isMethod(candidate: unknown): candidate is Method {
  return typeof candidate === 'object' && candidate !== null && 'requestSerialize' in candidate;
}

/** The fields of a message that we need, in the order in which we ask for them. */
interface Picked {
  readonly description: string;
  range(index: number): Range;
  get(message: object, index: number): unknown;
  object(...values: readonly string[]): object;
}

function pickFields(
  path: string,
  { type }: { readonly type: object },
  wanted: readonly (readonly [string, Sort])[],
): Picked {
  const message = readMessageType(type);
  const fields = wanted.map(
    ([name, sort]): Field =>
      pickField(message, name, sort) ?? fail(path, `message ${message.name} has no field "${name}"`),
  );
  return {
    description: [message.name, ...fields.map(({ name, number }) => `${name}=${number}`)].join(' '),
    range: (index) => fields[index]?.range ?? int64,
    get: (received, index) => get(received, fields[index]?.name ?? ''),
    object: (...values) => Object.fromEntries(fields.map(({ name }, at) => [name, values[at]])),
  };
}

function toInteger(value: unknown): bigint {
  if (typeof value === 'number' && Number.isFinite(value)) return BigInt(Math.trunc(value));
  return typeof value === 'string' && /^-?\d+$/.test(value) ? BigInt(value) : 0n;
}

function fail(path: string, reason: string): never {
  throw new UsageError([`--proto: expected a .proto file of NumStore, got "${path}" (${reason})`]);
}

/** What a field is good for. */
type Sort = 'text' | 'integer' | 'truth';

/** A field of a message, as a .proto file declares it. */
interface Field {
  readonly name: string;
  readonly number: number;
  readonly sort: Sort;
  /** of an integer: what it can hold exactly */
  readonly range: Range;
}

/** A message, as a .proto file declares it. */
interface MessageType {
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
function readMessageType(descriptor: object): MessageType {
  const declared = get(descriptor, 'field');
  const fields = Array.isArray(declared) ? declared.flatMap((each: unknown) => readField(each) ?? []) : [];
  return { name: String(get(descriptor, 'name')), fields };
}

/** The field of this name, or else the only one of its sort. */
function pickField({ fields }: MessageType, name: string, sort: Sort): Field | undefined {
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
function get(thing: unknown, property: string): unknown {
  if (typeof thing !== 'object' || thing === null) return undefined;
  return Object.getOwnPropertyDescriptor(thing, property)?.value;
}
