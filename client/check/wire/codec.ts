import {
  FactRequest,
  FactResponse,
  NumStoreService,
  SetNumRequest,
  SetNumResponse,
} from '../../../generated/numstore.ts';

/** What Fact answered. */
export interface FactAnswer {
  readonly value: bigint;
  readonly hit: boolean;
  readonly error: string;
}

/** The whole numbers that a field of a message can hold. */
export interface Range {
  readonly min: bigint;
  readonly max: bigint;
}

/** The exercise's two calls in the words of one .proto file. */
export interface Codec {
  /** for people: the service, its messages and their fields */
  readonly description: string;
  readonly setNumPath: string;
  readonly factPath: string;
  readonly ranges: { readonly value: Range; readonly total: Range; readonly factorial: Range };
  encodeSetNum(key: string, value: bigint): Buffer;
  /** @throws when the bytes are not that message */
  decodeSetNum(bytes: Buffer): bigint;
  encodeFact(key: string): Buffer;
  /** @throws when the bytes are not that message */
  decodeFact(bytes: Buffer): FactAnswer;
}

export const int64: Range = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

/** As our numstore.proto has it: the names and the order of the exercise, no package. */
export const exerciseCodec: Codec = {
  description:
    'NumStore (SetNumRequest key=1 value=2, SetNumResponse total=1, FactRequest key=1, FactResponse value=1 hit=2 error=3)',
  setNumPath: NumStoreService.setNum.path,
  factPath: NumStoreService.fact.path,
  ranges: { value: int64, total: int64, factorial: int64 },
  encodeSetNum: (key, value) => Buffer.from(SetNumRequest.encode({ key, value }).finish()),
  decodeSetNum: (bytes) => SetNumResponse.decode(bytes).total,
  encodeFact: (key) => Buffer.from(FactRequest.encode({ key }).finish()),
  decodeFact: (bytes) => FactResponse.decode(bytes),
};
