import { performance } from 'node:perf_hooks';
import type { NumStoreError } from '../domain/errors.ts';
import { Admission } from './admission.ts';
import { createTimes, type Times } from './histogram.ts';
import type { Job } from './job.ts';
import type { WorkerState } from './worker-slot.ts';

export interface TallyOptions {
  /** Tasks that may wait for a worker, unless the queue stands (see admission.ts). */
  readonly queueLimit: number;
  /** Called when the engine failed on `n`, and BigInt gave the answer. */
  readonly onFallback?: ((n: number) => void) | undefined;
  /** Called for each factorial that a worker has computed. */
  readonly onDone?: ((task: { n: number; waitMs: number; runMs: number }) => void) | undefined;
}

/** What the tasks of one tally have taken so far. */
export interface TallyStats {
  /** Answers that came from BigInt because the engine had failed. */
  readonly fallbacks: number;
  /** Milliseconds in the queue, and computing. */
  readonly wait: Times;
  readonly run: Times;
}

/** Counts tasks, and refuses more of them by what it has counted. */
export class Tally {
  readonly #options: TallyOptions;
  readonly #admission: Admission;
  readonly #wait = createTimes();
  readonly #run = createTimes();
  #fallbacks = 0;

  /** @param lanes how many tasks run at the same time */
  constructor(options: TallyOptions, lanes: number) {
    this.#options = options;
    this.#admission = new Admission(options.queueLimit, lanes);
  }

  /** Why `n!` may not queue, if it may not. */
  refusal(n: number, queue: readonly Job[], workers: readonly WorkerState[]): NumStoreError | undefined {
    return this.#admission.refusal(n, queue, workers, performance.now());
  }

  /** Counts a task that begins to run, after `job.waitMs`. */
  started(job: Job): void {
    this.#wait.record(job.waitMs);
    this.#admission.started(job, performance.now());
  }

  /** Counts a task that has run for `runMs` milliseconds. */
  ended(job: Job, runMs: number, fellBack: boolean): void {
    const { n } = job.request;
    this.#run.record(runMs);
    this.#admission.ended(job, runMs);
    this.#options.onDone?.({ n, waitMs: job.waitMs, runMs });
    if (!fellBack) return;
    this.#fallbacks += 1;
    this.#options.onFallback?.(n);
  }

  stats(): TallyStats {
    return { fallbacks: this.#fallbacks, wait: this.#wait.summary(), run: this.#run.summary() };
  }
}
