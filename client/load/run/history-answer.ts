import {
  AddNumResponse,
  DeleteNumResponse,
  FactResponse,
  GetNumResponse,
  SetNumResponse,
} from '../../../generated/numstore.ts';
import { parseRevision } from '../../api/trailers.ts';
import type { NewOperation, OperationKind } from '../../linearizability/operation.ts';
import type { RpcName } from './plan.ts';

/** What the history calls each RPC. */
export const kindOf: Readonly<Record<RpcName, OperationKind>> = {
  SetNum: 'setNum',
  Fact: 'fact',
  GetNum: 'getNum',
  AddNum: 'addNum',
  DeleteNum: 'deleteNum',
};

/** What a reply says, for the history. @throws Error when it cannot be read */
export function readAnswer(rpc: RpcName, bytes: Uint8Array): Partial<NewOperation> {
  switch (rpc) {
    case 'SetNum':
    case 'AddNum':
      return rpc === 'SetNum' ? SetNumResponse.decode(bytes) : AddNumResponse.decode(bytes);
    case 'GetNum':
      return GetNumResponse.decode(bytes);
    case 'DeleteNum': {
      const { total, deleted } = DeleteNumResponse.decode(bytes);
      return { total, found: deleted };
    }
    case 'Fact': {
      const { value, hit, error } = FactResponse.decode(bytes);
      return error === '' ? { value, hit, found: true } : {};
    }
  }
}

/** The number of a write for the history; 0 where the server told none. */
export function readRevision(trailer: string | undefined): number {
  return trailer === undefined ? 0 : Number(parseRevision(trailer) ?? 0n);
}
