import {
  AddNumResponse,
  DeleteNumResponse,
  FactResponse,
  GetNumResponse,
  SetNumResponse,
} from '../../../generated/numstore.ts';
import { parseRevision } from '../../api/trailers.ts';
import type { NewOperation, OperationKind } from '../../linearizability/operation.ts';
import type { HistoryRecorder } from './history-recorder.ts';
import type { FailureCode } from './outcome.ts';
import type { RpcName } from './plan.ts';
import type { PreparedRequest } from './requests.ts';

/** What the history calls each RPC. */
const kindOf: Readonly<Record<RpcName, OperationKind>> = {
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

/** Records the calls of one slot, which come one after the other. */
export class SlotHistory {
  readonly #recorder: HistoryRecorder;
  #startNs = 0;
  #endNs = 0;

  constructor(recorder: HistoryRecorder) {
    this.#recorder = recorder;
  }

  /** Just before the request goes. */
  begin(): void {
    this.#startNs = this.#recorder.now();
  }

  /** As soon as its end is known, before anything else is done with it. */
  end(): void {
    this.#endNs = this.#recorder.now();
  }

  /** @param revision the number of a write; 0 where the server told none */
  recordReply(request: PreparedRequest, answer: Partial<NewOperation>, revision: number): void {
    this.#recorder.history.add({ ...this.#call(request), outcome: 'ok', revision, ...answer });
  }

  recordFailure(request: PreparedRequest, code: FailureCode): void {
    this.#recorder.addFailed(this.#call(request), code);
  }

  #call({ rpc, keyNumber, value }: PreparedRequest) {
    return {
      kind: kindOf[rpc],
      key: keyNumber,
      argument: value,
      start: this.#startNs,
      end: this.#endNs,
    };
  }
}
