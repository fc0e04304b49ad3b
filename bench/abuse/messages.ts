import { FactExactRequest, ListNumsRequest, SetNumRequest } from '../../generated/numstore.ts';
import { message } from '../../test/transport/support/frames.ts';

/** A SetNum as a length-prefixed message. */
export function setNumMessage(key: string, value: bigint): Buffer {
  return message(SetNumRequest.encode({ key, value }).finish());
}

/** A FactExact as a length-prefixed message. */
export function factExactMessage(key: string): Buffer {
  return message(FactExactRequest.encode({ key }).finish());
}

/** A ListNums as a length-prefixed message. */
export function listNumsMessage(prefix: string, limit: bigint): Buffer {
  return message(ListNumsRequest.encode({ prefix, startAfter: '', limit }).finish());
}
