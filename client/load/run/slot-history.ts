import type { NewOperation } from '../../linearizability/operation.ts';
import { kindOf } from './history-answer.ts';
import type { Witness } from './history-recorder.ts';
import type { FailureCode } from './outcome.ts';
import type { PreparedRequest } from './requests.ts';

/** Records the calls of one slot, which come one after the other. */
export class SlotHistory {
  readonly #witness: Witness;
  #startNs = 0;
  #endNs = 0;

  constructor(witness: Witness) {
    this.#witness = witness;
  }

  /** Just before the request goes. */
  begin(): void {
    this.#startNs = this.#witness.now();
  }

  /** As soon as its end is known, before anything else is done with it. */
  end(): void {
    this.#endNs = this.#witness.now();
  }

  /** @param revision the number of a write; 0 where the server told none */
  recordReply(request: PreparedRequest, answer: Partial<NewOperation>, revision: number): void {
    this.#witness.history.add({ ...this.#call(request), outcome: 'ok', revision, ...answer });
  }

  recordFailure(request: PreparedRequest, code: FailureCode): void {
    this.#witness.addFailed(this.#call(request), code);
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
