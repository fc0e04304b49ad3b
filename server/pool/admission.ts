import { NumStoreError } from '../domain/errors.ts';
import { factorialBits } from '../factorial/size.ts';
import { isShort, type Job } from './job.ts';
import type { WorkerState } from './worker-slot.ts';

/** The part of a job that overload depends on. */
export type TimedJob = Pick<Job, 'request' | 'waitMs'>;

/** Who asks for a factorial that takes longer may wait for so long, and calls it no overload. */
const waitMsMin = 25;

/** Others may wait for so much of what they take themselves: beside others they take longer, too, and p99 longer still. */
const waitShare = 1 / 2;

/** A queue in which tasks wait too long for so long is no burst: it stands, and only makes everybody late. */
const standingMs = 100;

/** As long as this without a refusal, and the queue stands no more: no sooner, or each gap would be a burst's excuse. */
const recoveredMs = 1_000;

/** A retry sooner than this costs more than it gains, and later than this would be forgetting the caller. */
const retryAfterMsMin = 10;
const retryAfterMsMax = 10_000;

/**
 * Says when the queue takes no more. A burst may fill it; but once tasks have waited longer than half of what they take
 * for a while on end, a task is refused that would do so too (after CoDel, RFC 8289): the others' answers stay in time.
 * Small factorials neither count nor are refused, but by a full queue.
 */
export class Admission {
  readonly #queueLimit: number;
  readonly #lanes: number;
  readonly #forecast = new Forecast();
  #lateSince: number | undefined;
  #refusedAt = Number.NEGATIVE_INFINITY;

  /** @param lanes how many tasks run at the same time */
  constructor(queueLimit: number, lanes: number) {
    this.#queueLimit = queueLimit;
    this.#lanes = lanes;
  }

  /** A task begins to run; `job.waitMs` says how long it has waited. */
  started({ request, waitMs }: TimedJob, now: number): void {
    if (isShort(request.n)) return;
    if (waitMs <= this.#waitMsMax(request.n)) this.#lateSince = undefined;
    else this.#lateSince ??= now;
  }

  /** A task has run for `runMs`. */
  ended({ request }: TimedJob, runMs: number): void {
    // What began from a smaller factorial says little about others.
    if (request.base === undefined) this.#forecast.record(request.n, runMs);
  }

  /** Why `n!` may not queue, if it may not. */
  refusal(
    n: number,
    queue: readonly TimedJob[],
    workers: readonly WorkerState[],
    now: number,
  ): NumStoreError | undefined {
    // Whoever is the first to wait waits for no queue.
    if (queue.length === 0) return undefined;
    const isFull = queue.length >= this.#queueLimit;
    if (!isFull && (isShort(n) || !this.#isStanding(now))) return undefined;
    const waitMs = this.#expectedWaitMs(queue, workers);
    if (!isFull && waitMs <= this.#waitMsMax(n)) return undefined;
    this.#refusedAt = now;
    return new NumStoreError(
      'QUEUE_FULL',
      `Factorials wait already (${queue.length}), and one more would wait too long; try again later`,
      { retryAfterMs: Math.min(Math.max(Math.ceil(waitMs), retryAfterMsMin), retryAfterMsMax) },
    );
  }

  #isStanding(now: number): boolean {
    if (now - this.#refusedAt < recoveredMs) return true;
    return this.#lateSince !== undefined && now - this.#lateSince >= standingMs;
  }

  #waitMsMax(n: number): number {
    return Math.max(waitMsMin, waitShare * this.#forecast.runMs(n));
  }

  #expectedWaitMs(queue: readonly TimedJob[], workers: readonly WorkerState[]): number {
    const queued = queue.reduce((sum, { request }) => sum + this.#forecast.runMs(request.n), 0);
    const running = workers.reduce((sum, state) => sum + this.#remainingMs(state), 0);
    return (queued + running) / this.#lanes;
  }

  #remainingMs(state: WorkerState): number {
    return state.kind === 'computing' ? Math.max(0, this.#forecast.runMs(state.n) - state.forMs) : 0;
  }
}

/** How much the latest computation counts beside what was known. */
const newest = 0.2;

/** Learns what computations take, and foretells what others will. */
export class Forecast {
  /** Milliseconds for each bit of the result, by the power of two that the result reaches. */
  readonly #msPerBit: number[] = [];

  /** `n!` took `runMs`, from scratch. */
  record(n: number, runMs: number): void {
    const bits = factorialBits(n);
    const size = sizeOf(bits);
    const msPerBit = runMs / bits;
    const known = this.#msPerBit[size] ?? msPerBit;
    this.#msPerBit[size] = known + newest * (msPerBit - known);
  }

  /** What `n!` will take, in milliseconds, by the computations of about its size; 0 before the first of any size. */
  runMs(n: number): number {
    const bits = factorialBits(n);
    const size = sizeOf(bits);
    const nearest = Object.keys(this.#msPerBit)
      .map(Number)
      .reduce<number | undefined>(
        (best, known) =>
          best === undefined || Math.abs(known - size) < Math.abs(best - size) ? known : best,
        undefined,
      );
    return nearest === undefined ? 0 : (this.#msPerBit[nearest] ?? 0) * bits;
  }
}

function sizeOf(bits: number): number {
  return Math.floor(Math.log2(bits));
}
