import { performance } from 'node:perf_hooks';
import { prepareThread, siblingModule, type ThreadProgram } from '../../thread/start.ts';
import { NumStoreError } from '../domain/errors.ts';
import { type Computed, createJob, type Job, type Request } from './job.ts';
import { Tally, type TallyOptions, type TallyStats } from './tally.ts';
import { WorkerSlot, type WorkerState } from './worker-slot.ts';

/** The exercise asks for four worker threads. */
const workersDefault = 4;

/** A worker may die of its task once: the second death says that the task is to blame. */
const deathsMax = 2;

/** Plenty for the largest factorial in BigInt, and a bound for a worker gone mad. */
const heapMbMaxDefault = 1024;

export interface PoolOptions extends TallyOptions {
  /** @default 4 */
  readonly workers?: number;
  /** Workers that may compute at the same time. @default all of them */
  readonly concurrency?: number;
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
}

export interface PoolStats extends TallyStats {
  /** Workers that are warm: idle or computing. */
  readonly ready: number;
  readonly running: number;
  readonly queued: number;
  readonly workersLost: number;
}

/** The part of a pool that a service uses. */
export interface Tasks {
  /**
   * Computes a factorial. An abort drops the task while it is queued, and stops it while it runs.
   * @throws NumStoreError QUEUE_FULL, WORKER_LOST, STOPPING, CANCELLED (the signal was aborted)
   */
  run(request: Request, signal: AbortSignal): Promise<Computed>;
  /** Why `run` would reject a task of `n` at this moment: QUEUE_FULL, STOPPING; `undefined` if it would not. */
  refusal(n: number): NumStoreError | undefined;
  stats(): PoolStats;
}

/** Worker threads that compute factorials, one task each, with a bounded queue before them. */
export interface Pool extends Tasks {
  /**
   * The same workers and the same queue, with a tally of its own: its tasks change neither the pool's
   * times, forecast and counts, nor do they reach the pool's observer.
   */
  apart(options: TallyOptions): Tasks;
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
  readonly #slots: readonly WorkerSlot[];
  readonly #queue: Job[] = [];
  readonly #tally: Tally;
  #workersLost = 0;
  #closing: Promise<void> | undefined;

  constructor(program: ThreadProgram, options: PoolOptions) {
    this.#options = options;
    this.#tally = this.#createTally(options);
    this.#slots = Array.from({ length: options.workers ?? workersDefault }, () =>
      this.#openWorkerSlot(program),
    );
    this.warm = Promise.all(this.#slots.map(({ warm }) => warm)).then(() => undefined);
  }

  run(request: Request, signal: AbortSignal): Promise<Computed> {
    return this.#enqueue(request, signal, this.#tally);
  }

  refusal(n: number): NumStoreError | undefined {
    return this.#refusal(n, this.#tally);
  }

  apart(options: TallyOptions): Tasks {
    const tally = this.#createTally(options);
    return {
      run: (request, signal) => this.#enqueue(request, signal, tally),
      refusal: (n) => this.#refusal(n, tally),
      stats: () => this.#stats(tally),
    };
  }

  #createTally(options: TallyOptions): Tally {
    const { workers = workersDefault, concurrency = workers } = this.#options;
    return new Tally(options, Math.min(concurrency, workers));
  }

  #refusal(n: number, tally: Tally): NumStoreError | undefined {
    return this.#closing === undefined ? tally.refusal(n, this.#queue, this.workers()) : stopping();
  }

  #enqueue(request: Request, signal: AbortSignal, tally: Tally): Promise<Computed> {
    if (signal.aborted) return Promise.reject(cancelled(request.n));
    const refusal = this.#refusal(request.n, tally);
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      const job = createJob(request, tally, { resolve, reject }, signal, () => this.#cancel(job));
      this.#queue.push(job);
      this.#dispatch();
    });
  }

  stats(): PoolStats {
    return this.#stats(this.#tally);
  }

  #stats(tally: Tally): PoolStats {
    return {
      ready: this.#slots.filter(({ isReady }) => isReady).length,
      running: this.#running().length,
      queued: this.#queue.length,
      workersLost: this.#workersLost,
      ...tally.stats(),
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

  #openWorkerSlot(program: ThreadProgram): WorkerSlot {
    return new WorkerSlot({
      program,
      heapMbMax: this.#options.heapMbMax ?? heapMbMaxDefault,
      nice: this.#options.nice ?? 0,
      onFree: () => this.#dispatch(),
      onDone: (job, { bytes, sha256, runMs, fellBack }) => {
        job.tally.ended(job, runMs, fellBack);
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
      job.tally.started(job);
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
    if (job !== undefined) this.#tryAgain(job, cause);
    // What the lost task left behind, its memory and its place, is free for others.
    this.#dispatch();
  }

  #tryAgain(job: Job, cause: Error): void {
    job.deaths += 1;
    // It has waited already: it goes first, to whichever other worker is free first.
    if (job.deaths < deathsMax) return void this.#queue.unshift(job);
    const message = `The computation of ${job.request.n}! was lost ${job.deaths} times; try again later`;
    job.reject(new NumStoreError('WORKER_LOST', message, { cause }));
  }

  #cancel(job: Job): void {
    const index = this.#queue.indexOf(job);
    if (index !== -1) this.#queue.splice(index, 1);
    else this.#slots.find((slot) => slot.job === job)?.cancel();
    job.reject(cancelled(job.request.n));
    // What stood behind it in the queue may fit where it did not.
    this.#dispatch();
  }
}

function stopping(): NumStoreError {
  return new NumStoreError('STOPPING', 'The server is stopping');
}

function cancelled(n: number): NumStoreError {
  return new NumStoreError('CANCELLED', `Nobody waits for ${n}! any more`);
}
