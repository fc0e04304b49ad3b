import { performance } from 'node:perf_hooks';
import { prepareThread, siblingModule, type ThreadProgram } from '../../thread/start.ts';
import { NumStoreError } from '../domain/errors.ts';
import { memoryEstimate } from '../factorial/engine.ts';
import { Overload } from './admission.ts';
import { createTimes, type Times } from './histogram.ts';
import type { Computed, Job, Request } from './job.ts';
import { Slot, type WorkerState } from './worker-slot.ts';

/** The exercise asks for four worker threads. */
const workersDefault = 4;

/** A worker may die of its task once: the second death says that the task is to blame. */
const deathsMax = 2;

/** Plenty for the largest factorial in BigInt, and a bound for a worker gone mad. */
const heapMbMaxDefault = 1024;

export interface PoolOptions {
  /** @default 4 */
  readonly workers?: number;
  /** Workers that may compute at the same time. @default all of them */
  readonly concurrency?: number;
  /** Tasks that may wait for a worker, unless the queue stands (see overload.ts); one more is refused with QUEUE_FULL. */
  readonly queueLimit: number;
  /**
   * Memory that running computations may take together, by estimate; a task that would go beyond it waits, and
   * one that would alone runs alone.
   * @default no bound
   */
  readonly computeMemoryBytes?: number;
  /** Niceness of the workers' threads, 0 to 19. @default 0 */
  readonly nice?: number;
  /** The module that a worker runs. @default the factorials of worker.ts */
  readonly workerFile?: URL;
  /** Heap of one worker in MB, beyond which it dies. @default 1024 */
  readonly heapMbMax?: number;
  /** Called for each worker that died by itself; it is replaced in any case. */
  readonly onWorkerLost?: (cause: Error) => void;
  /** Called when the engine failed on `n`, and BigInt gave the answer. */
  readonly onFallback?: (n: number) => void;
  /** Called for each factorial that a worker has computed. */
  readonly onDone?: ((task: { n: number; waitMs: number; runMs: number }) => void) | undefined;
}

export interface PoolStats {
  /** Workers that are warm: idle or computing. */
  readonly ready: number;
  readonly running: number;
  readonly queued: number;
  readonly workersLost: number;
  /** Answers that came from BigInt because the engine had failed. */
  readonly fallbacks: number;
  /** Milliseconds in the queue, and computing. */
  readonly wait: Times;
  readonly run: Times;
}

/** Worker threads that compute factorials, one task each, with a bounded queue before them. */
export interface Pool {
  /**
   * Computes a factorial. An abort drops the task while it is queued, and stops it while it runs.
   * @throws NumStoreError QUEUE_FULL, WORKER_LOST, STOPPING, CANCELLED (the signal was aborted)
   */
  run(request: Request, signal: AbortSignal): Promise<Computed>;
  stats(): PoolStats;
  /** What each worker does at this moment. */
  workers(): readonly WorkerState[];
  /** Ends every thread; what is queued or running is rejected with STOPPING. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens a pool whose workers are all warm.
 * @throws Error if a worker cannot start
 */
export async function openPool(options: PoolOptions): Promise<Pool> {
  const file = options.workerFile ?? siblingModule('worker', import.meta.url);
  const pool = new ThreadPool(await prepareThread(file), options);
  try {
    await pool.warm;
  } catch (error) {
    await pool.close();
    throw error;
  }
  return pool;
}

class ThreadPool implements Pool {
  readonly warm: Promise<void>;
  readonly #options: PoolOptions;
  readonly #slots: readonly Slot[];
  readonly #queue: Job[] = [];
  readonly #wait = createTimes();
  readonly #run = createTimes();
  readonly #overload: Overload;
  #workersLost = 0;
  #fallbacks = 0;
  #closing: Promise<void> | undefined;

  constructor(program: ThreadProgram, options: PoolOptions) {
    this.#options = options;
    const { queueLimit, workers = workersDefault, concurrency = workers } = options;
    this.#overload = new Overload(queueLimit, Math.min(concurrency, workers));
    this.#slots = Array.from({ length: options.workers ?? workersDefault }, () => this.#openSlot(program));
    this.warm = Promise.all(this.#slots.map(({ warm }) => warm)).then(() => undefined);
  }

  run(request: Request, signal: AbortSignal): Promise<Computed> {
    if (this.#closing !== undefined) return Promise.reject(stopping());
    if (signal.aborted) return Promise.reject(abandoned(request.n));
    const refusal = this.#overload.refusal(request.n, this.#queue, this.workers(), performance.now());
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      const abandon = (): void => this.#abandon(job);
      const settle = (): void => signal.removeEventListener('abort', abandon);
      const job: Job = {
        request,
        memoryBytes: memoryEstimate(request.n),
        queuedAt: performance.now(),
        waitMs: 0,
        deaths: 0,
        resolve: (computed) => {
          settle();
          resolve(computed);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      signal.addEventListener('abort', abandon);
      this.#queue.push(job);
      this.#dispatch();
    });
  }

  stats(): PoolStats {
    return {
      ready: this.#slots.filter(({ isReady }) => isReady).length,
      running: this.#running().length,
      queued: this.#queue.length,
      workersLost: this.#workersLost,
      fallbacks: this.#fallbacks,
      wait: this.#wait.summary(),
      run: this.#run.summary(),
    };
  }

  workers(): readonly WorkerState[] {
    return this.#slots.map(({ state }) => state);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const job of [...this.#queue.splice(0), ...this.#running()]) job.reject(stopping());
    await Promise.all(this.#slots.map((slot) => slot.close()));
  }

  #openSlot(program: ThreadProgram): Slot {
    return new Slot({
      program,
      heapMbMax: this.#options.heapMbMax ?? heapMbMaxDefault,
      nice: this.#options.nice ?? 0,
      onFree: () => this.#dispatch(),
      onDone: (job, { bytes, sha256, runMs, fellBack }) => {
        this.#run.record(runMs);
        this.#overload.ended(job, runMs);
        this.#options.onDone?.({ n: job.request.n, waitMs: job.waitMs, runMs });
        if (fellBack) this.#countFallback(job.request.n);
        job.resolve({ bytes, sha256, waitMs: job.waitMs, runMs });
      },
      onLost: (cause, job) => this.#lose(cause, job),
    });
  }

  #running(): Job[] {
    return this.#slots.flatMap(({ job }) => job ?? []);
  }

  /** Gives tasks to workers in the order in which they came, as far as threads and memory allow. */
  #dispatch(): void {
    for (;;) {
      const [job] = this.#queue;
      const slot = this.#slots.find(({ isIdle }) => isIdle);
      if (job === undefined || slot === undefined || !this.#admits(job)) return;
      this.#queue.shift();
      job.waitMs = performance.now() - job.queuedAt;
      this.#wait.record(job.waitMs);
      this.#overload.started(job, performance.now());
      slot.assign(job);
    }
  }

  #admits({ memoryBytes }: Job): boolean {
    const running = this.#running();
    if (running.length === 0) return true;
    const { concurrency = workersDefault, computeMemoryBytes = Number.POSITIVE_INFINITY } = this.#options;
    const taken = running.reduce((sum, job) => sum + job.memoryBytes, 0);
    return running.length < concurrency && taken + memoryBytes <= computeMemoryBytes;
  }

  #lose(cause: Error, job: Job | undefined): void {
    this.#workersLost += 1;
    this.#options.onWorkerLost?.(cause);
    if (job === undefined) return;
    job.deaths += 1;
    if (job.deaths < deathsMax) {
      // It has waited already: it goes first, to whichever other worker is free first.
      this.#queue.unshift(job);
      this.#dispatch();
    } else {
      const message = `The computation of ${job.request.n}! was lost ${job.deaths} times; try again later`;
      job.reject(new NumStoreError('WORKER_LOST', message, { cause }));
    }
  }

  #abandon(job: Job): void {
    const index = this.#queue.indexOf(job);
    if (index !== -1) this.#queue.splice(index, 1);
    else this.#slots.find((slot) => slot.job === job)?.abandon();
    job.reject(abandoned(job.request.n));
    // What stood behind it in the queue may fit where it did not.
    this.#dispatch();
  }

  #countFallback(n: number): void {
    this.#fallbacks += 1;
    this.#options.onFallback?.(n);
  }
}

function stopping(): NumStoreError {
  return new NumStoreError('STOPPING', 'The server is stopping');
}

function abandoned(n: number): NumStoreError {
  return new NumStoreError('CANCELLED', `Nobody waits for ${n}! any more`);
}
