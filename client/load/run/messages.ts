import { BinaryReader } from '@bufbuild/protobuf/wire';
import {
  AddNumRequest,
  AddNumResponse,
  DeleteNumRequest,
  DeleteNumResponse,
  FactRequest,
  FactResponse,
  GetNumRequest,
  GetNumResponse,
  NumStoreExtendedService,
  NumStoreService,
  SetNumRequest,
  SetNumResponse,
} from '../../../generated/numstore.ts';
import { isFactorial } from '../../linearizability/factorials.ts';
import type { Reply } from './outcome.ts';
import type { RpcName } from './plan.ts';

/** The message of a request; `value` is for the RPCs that write one. */
export function encodeRequest(rpc: RpcName, key: string, value: bigint): Uint8Array {
  switch (rpc) {
    case 'SetNum':
      return SetNumRequest.encode({ key, value }).finish();
    case 'AddNum':
      return AddNumRequest.encode({ key, delta: value }).finish();
    case 'Fact':
      return FactRequest.encode({ key }).finish();
    case 'GetNum':
      return GetNumRequest.encode({ key }).finish();
    case 'DeleteNum':
      return DeleteNumRequest.encode({ key }).finish();
  }
}

/** Where each RPC is. */
export const pathOf: Readonly<Record<RpcName, string>> = {
  SetNum: NumStoreService.setNum.path,
  Fact: NumStoreService.fact.path,
  GetNum: NumStoreExtendedService.getNum.path,
  AddNum: NumStoreExtendedService.addNum.path,
  DeleteNum: NumStoreExtendedService.deleteNum.path,
};

/** The replies in which nothing can be wrong. */
export const plain: Readonly<Record<Exclude<RpcName, 'Fact'>, Reply>> = {
  SetNum: { outcome: 'SetNum' },
  GetNum: { outcome: 'GetNum' },
  AddNum: { outcome: 'AddNum' },
  DeleteNum: { outcome: 'DeleteNum' },
};
const hit: Reply = { outcome: 'Fact, hit' };
const miss: Reply = { outcome: 'Fact, miss' };
const told: Reply = { outcome: 'Fact, error' };

/** Reads the replies of one thread. */
export class ReplyReader {
  /** for all messages of what was read at once: to make one costs more than to read a message */
  #bytes: Uint8Array = new Uint8Array(0);
  #reader = new BinaryReader(this.#bytes);

  /**
   * Decodes the reply `bytes[start..end)`, whatever is done with it: that belongs to the response time.
   *
   * @throws Error when it cannot be read
   */
  read(rpc: RpcName, key: string, bytes: Uint8Array, start = 0, end = bytes.length): Reply {
    if (this.#bytes !== bytes) {
      this.#bytes = bytes;
      this.#reader = new BinaryReader(bytes);
    }
    this.#reader.pos = start;
    const reply = decodeReply(rpc, key, this.#reader, end - start);
    if (this.#reader.pos !== end) throw new RangeError('The message ends inside a field');
    return reply;
  }
}

function decodeReply(rpc: RpcName, key: string, reader: BinaryReader, length: number): Reply {
  if (rpc === 'Fact') return judgeFact(key, FactResponse.decode(reader, length));
  if (rpc === 'SetNum') SetNumResponse.decode(reader, length);
  else if (rpc === 'GetNum') GetNumResponse.decode(reader, length);
  else if (rpc === 'AddNum') AddNumResponse.decode(reader, length);
  else DeleteNumResponse.decode(reader, length);
  return plain[rpc];
}

/** What the reply to a Fact comes to. */
export function judgeFact(key: string, { value, hit: isHit, error }: FactResponse): Reply {
  if (error !== '') return told;
  const reply = isHit ? hit : miss;
  if (isFactorial(value)) return reply;
  return { ...reply, wrong: `Fact ${JSON.stringify(key)}: expected one of 0! .. 20!, got ${value}` };
}
