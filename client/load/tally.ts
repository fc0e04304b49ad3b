import type { ClientErrorCode, FactReply, NumStoreClientError } from '../client.ts';
import { isFactorial } from '../prove/factorials.ts';
import type { HistoryColumns } from '../prove/history.ts';
import type { Timing } from '../timing.ts';
import { type Breakdown, BreakdownBuilder } from './breakdown.ts';
import type { LoadRequest, RpcName } from './run/keys.ts';

/** How one request ended. */
export type Outcome =
  | FactReply
  | { readonly kind: 'total'; readonly total: bigint }
  | { readonly kind: 'failed'; readonly error: NumStoreClientError };

/** Failed RPCs of one kind. */
export interface Failure {
  readonly rpc: RpcName;
  /** name of the gRPC status */
  readonly code: ClientErrorCode;
  readonly message: string;
  readonly count: number;
}

/** What one thread has seen; plain data, so that it can be sent to the coordinator. */
export interface Tally {
  /** response times of the replies, milliseconds */
  readonly replyMs: Readonly<Record<RpcName, Float64Array>>;
  /** times until failed RPCs had failed, milliseconds */
  readonly failedMs: Readonly<Record<RpcName, Float64Array>>;
  readonly hits: number;
  /** Facts that found their key */
  readonly found: number;
  /** Facts answered with an error: the key is missing */
  readonly missing: number;
  readonly wrong: number;
  /** the first wrong answers, described */
  readonly wrongExamples: readonly string[];
  readonly failures: readonly Failure[];
  /** of the replies; empty unless the server was asked */
  readonly breakdown: Breakdown;
}

/** What one thread has seen, with a record of its calls where that was asked for. */
export interface WitnessedTally extends Tally {
  readonly history?: HistoryColumns;
}

/** Examples show the fault; thousands of them would only hide it. */
export const wrongExamplesMax = 5;

/** Gathers the outcomes of one thread. */
export class TallyBuilder {
  readonly #replyMs: Record<RpcName, number[]> = { SetNum: [], Fact: [] };
  readonly #failedMs: Record<RpcName, number[]> = { SetNum: [], Fact: [] };
  readonly #failures = new Map<string, Failure>();
  readonly #breakdown = new BreakdownBuilder();
  readonly #wrongExamples: string[] = [];
  #hits = 0;
  #found = 0;
  #missing = 0;
  #wrong = 0;

  /** Adds how `request` ended, `elapsedMs` milliseconds after it was sent, and what the server said of its time. */
  record(request: LoadRequest, outcome: Outcome, elapsedMs: number, timing?: Timing): void {
    const times = outcome.kind === 'failed' ? this.#failedMs : this.#replyMs;
    times[request.rpc].push(elapsedMs);
    // a failure is no reply, here either
    if (timing !== undefined && outcome.kind !== 'failed') this.#breakdown.record(request.rpc, timing);
    switch (outcome.kind) {
      case 'total':
        return;
      case 'value':
        this.#recordValue(request.key, outcome.value, outcome.hit);
        return;
      case 'error':
        this.#missing++;
        return;
      case 'failed':
        this.#recordFailure(request.rpc, outcome.error);
        return;
    }
  }

  build(): Tally {
    return {
      replyMs: freeze(this.#replyMs),
      failedMs: freeze(this.#failedMs),
      hits: this.#hits,
      found: this.#found,
      missing: this.#missing,
      wrong: this.#wrong,
      wrongExamples: this.#wrongExamples,
      failures: [...this.#failures.values()],
      breakdown: this.#breakdown.build(),
    };
  }

  #recordValue(key: string, value: bigint, hit: boolean): void {
    this.#found++;
    if (hit) this.#hits++;
    if (isFactorial(value)) return;
    this.#wrong++;
    if (this.#wrongExamples.length === wrongExamplesMax) return;
    this.#wrongExamples.push(`Fact ${JSON.stringify(key)}: expected one of 0! .. 20!, got ${value}`);
  }

  #recordFailure(rpc: RpcName, { code, message }: NumStoreClientError): void {
    const kind = JSON.stringify([rpc, code, message]);
    const count = (this.#failures.get(kind)?.count ?? 0) + 1;
    this.#failures.set(kind, { rpc, code, message, count });
  }
}

function freeze(times: Record<RpcName, number[]>): Record<RpcName, Float64Array> {
  return { SetNum: Float64Array.from(times.SetNum), Fact: Float64Array.from(times.Fact) };
}
