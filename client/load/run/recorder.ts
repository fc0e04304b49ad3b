import { createHistogram, fineBits, type LogHistogram, recordMs } from '../../stats/log-histogram.ts';
import { createTimeline, fileCall, type Timeline } from '../../stats/timeline.ts';
import { type FailureCode, outcomeIndex, outcomes, type Reply } from './outcome.ts';
import type { LoadPlan, RpcName } from './plan.ts';
import { SampleKeeper, type Samples } from './samples.ts';
import { createTimingRecording, recordTiming, type TimingRecording } from './timing-recording.ts';

/** Examples show the fault; thousands of them would only hide it. */
export const wrongExamplesMax = 5;

/** Failed calls of one kind. */
export interface Failure {
  readonly rpc: RpcName;
  readonly code: FailureCode;
  readonly message: string;
  readonly isWarmup: boolean;
  readonly count: number;
}

/** What one thread has seen; plain data. */
export interface Recording {
  /** from when it was due, for each of `outcomes`; undefined: there was none */
  readonly latency: readonly (LogHistogram | undefined)[];
  /** the same calls from when they were sent; this and the lags are kept in an open loop only */
  readonly fromSend: readonly (LogHistogram | undefined)[];
  /** sent - due */
  readonly sendLag: LogHistogram | undefined;
  /** sent - ready: the generator's own part of it */
  readonly ownLag: LogHistogram | undefined;
  readonly samples: Samples;
  readonly timeline: Timeline;
  readonly failures: readonly Failure[];
  readonly wrong: number;
  readonly wrongExamples: readonly string[];
  /** calls of the warm-up that were answered */
  readonly warmupReplies: number;
  readonly timing: TimingRecording;
  /** when the last measured call ended */
  readonly lastEndMs: number;
}

/** When a call was due, could be sent, and was sent. */
export interface CallTimes {
  readonly dueMs: number;
  readonly readyMs: number;
  readonly sentMs: number;
}

/** Files each call of one thread once it has ended. */
export class Recorder {
  readonly #warmupMs: number;
  readonly #isOpen: boolean;
  readonly #latency: (LogHistogram | undefined)[] = outcomes.map(() => undefined);
  readonly #fromSend: (LogHistogram | undefined)[] = outcomes.map(() => undefined);
  readonly #sendLag: LogHistogram | undefined;
  readonly #ownLag: LogHistogram | undefined;
  readonly #samples: SampleKeeper;
  readonly #timeline = createTimeline();
  readonly #failures = new Map<string, Failure>();
  readonly #timing = createTimingRecording();
  readonly #wrongExamples: string[] = [];
  #wrong = 0;
  #warmupReplies = 0;
  #lastEndMs = 0;

  /** Calls that were due before the warm-up is over are not measured. */
  constructor({ warmupMs, rawSamplesMax, rate }: Pick<LoadPlan, 'warmupMs' | 'rawSamplesMax' | 'rate'>) {
    this.#warmupMs = warmupMs;
    this.#isOpen = rate !== null;
    this.#sendLag = this.#isOpen ? createHistogram(fineBits) : undefined;
    this.#ownLag = this.#isOpen ? createHistogram(fineBits) : undefined;
    this.#samples = new SampleKeeper(rawSamplesMax, this.#isOpen);
  }

  /** Files a call that was sent and has ended. */
  record(rpc: RpcName, reply: Reply, times: CallTimes, endMs: number): void {
    const isWarmup = times.dueMs < this.#warmupMs;
    if (reply.failure !== undefined) this.#recordFailure(rpc, reply.failure, isWarmup);
    if (reply.wrong !== undefined) this.#recordWrong(reply.wrong);
    if (!isWarmup) this.#measure(rpc, reply, times, endMs);
    else if (reply.failure === undefined) this.#warmupReplies++;
  }

  /** Files a call that could not be sent in time. */
  recordUnsent(rpc: RpcName, { failure }: Reply, dueMs: number): void {
    if (failure !== undefined) this.#recordFailure(rpc, failure, dueMs < this.#warmupMs);
  }

  build(): Recording {
    return {
      latency: this.#latency,
      fromSend: this.#fromSend,
      sendLag: this.#sendLag,
      ownLag: this.#ownLag,
      samples: this.#samples.build(),
      timeline: this.#timeline,
      failures: [...this.#failures.values()],
      wrong: this.#wrong,
      wrongExamples: this.#wrongExamples,
      warmupReplies: this.#warmupReplies,
      timing: this.#timing,
      lastEndMs: this.#lastEndMs,
    };
  }

  #measure(rpc: RpcName, reply: Reply, { dueMs, readyMs, sentMs }: CallTimes, endMs: number): void {
    const outcome = outcomeIndex[reply.outcome];
    this.#histogram(this.#latency, outcome, endMs - dueMs);
    // in a closed loop a call is due when it is sent: these would only say the same again, at a price
    if (this.#sendLag !== undefined && this.#ownLag !== undefined) {
      this.#histogram(this.#fromSend, outcome, endMs - sentMs);
      recordMs(this.#sendLag, sentMs - dueMs);
      recordMs(this.#ownLag, sentMs - readyMs);
    }
    this.#samples.keep(outcome, dueMs, readyMs, sentMs, endMs);
    fileCall(this.#timeline, dueMs - this.#warmupMs, endMs - this.#warmupMs, reply.failure === undefined);
    if (reply.timing !== undefined) recordTiming(this.#timing, rpc, reply.timing);
    if (endMs > this.#lastEndMs) this.#lastEndMs = endMs;
  }

  #histogram(histograms: (LogHistogram | undefined)[], outcome: number, ms: number): void {
    const histogram = histograms[outcome] ?? createHistogram(fineBits);
    histograms[outcome] = histogram;
    recordMs(histogram, ms);
  }

  #recordFailure(rpc: RpcName, failure: NonNullable<Reply['failure']>, isWarmup: boolean): void {
    const kind = JSON.stringify([rpc, failure.code, failure.message, isWarmup]);
    const count = (this.#failures.get(kind)?.count ?? 0) + 1;
    this.#failures.set(kind, { rpc, ...failure, isWarmup, count });
  }

  #recordWrong(example: string): void {
    this.#wrong++;
    if (this.#wrongExamples.length < wrongExamplesMax) this.#wrongExamples.push(example);
  }
}
