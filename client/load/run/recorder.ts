import { createHistogram, fineBits, type LogHistogram, recordMs } from '../../stats/log-histogram.ts';
import { createTimeline, fileCall, type Timeline } from '../../stats/timeline.ts';
import { wrongExamplesMax } from '../tally.ts';
import { type FailureCode, outcomeIndex, outcomes, type Reply } from './outcome.ts';
import type { GeneratedRpc, GeneratorPlan } from './plan.ts';
import { SampleKeeper, type Samples } from './samples.ts';
import { createTimingRecording, recordTiming, type TimingRecording } from './timing-recording.ts';

/** Failed calls of one kind. */
export interface GeneratorFailure {
  readonly rpc: GeneratedRpc;
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
  readonly sendLag: LogHistogram;
  /** sent - ready: the generator's own part of it */
  readonly ownLag: LogHistogram;
  readonly samples: Samples;
  readonly timeline: Timeline;
  readonly failures: readonly GeneratorFailure[];
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
  readonly #sendLag = createHistogram(fineBits);
  readonly #ownLag = createHistogram(fineBits);
  readonly #samples: SampleKeeper;
  readonly #timeline = createTimeline();
  readonly #failures = new Map<string, GeneratorFailure>();
  readonly #timing = createTimingRecording();
  readonly #wrongExamples: string[] = [];
  #wrong = 0;
  #warmupReplies = 0;
  #lastEndMs = 0;

  /** Calls that were due before the warm-up is over are not measured. */
  constructor({ warmupMs, rawSamplesMax, rate }: Pick<GeneratorPlan, 'warmupMs' | 'rawSamplesMax' | 'rate'>) {
    this.#warmupMs = warmupMs;
    this.#isOpen = rate !== null;
    this.#samples = new SampleKeeper(rawSamplesMax);
  }

  /** Files a call that was sent and has ended. */
  record(rpc: GeneratedRpc, reply: Reply, times: CallTimes, endMs: number): void {
    const isWarmup = times.dueMs < this.#warmupMs;
    if (reply.failure !== undefined) this.#recordFailure(rpc, reply.failure, isWarmup);
    if (reply.wrong !== undefined) this.#recordWrong(reply.wrong);
    if (!isWarmup) this.#measure(rpc, reply, times, endMs);
    else if (reply.failure === undefined) this.#warmupReplies++;
  }

  /** Files a call that could not be sent in time. */
  recordUnsent(rpc: GeneratedRpc, { failure }: Reply, dueMs: number): void {
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

  #measure(rpc: GeneratedRpc, reply: Reply, { dueMs, readyMs, sentMs }: CallTimes, endMs: number): void {
    const outcome = outcomeIndex[reply.outcome];
    this.#histogram(this.#latency, outcome, endMs - dueMs);
    // in a closed loop a call is due when it is sent: these would only say the same again, at a price
    if (this.#isOpen) {
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

  #recordFailure(rpc: GeneratedRpc, failure: NonNullable<Reply['failure']>, isWarmup: boolean): void {
    const kind = JSON.stringify([rpc, failure.code, failure.message, isWarmup]);
    const count = (this.#failures.get(kind)?.count ?? 0) + 1;
    this.#failures.set(kind, { rpc, ...failure, isWarmup, count });
  }

  #recordWrong(example: string): void {
    this.#wrong++;
    if (this.#wrongExamples.length < wrongExamplesMax) this.#wrongExamples.push(example);
  }
}
