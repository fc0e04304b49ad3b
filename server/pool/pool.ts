import { performance } from 'node:perf_hooks';
import { prepareThread, siblingModule, type ThreadProgram } from '../../thread/start.ts';
import { NumStoreError } from '../domain/errors.ts';
import { type Computed, createJob, isShort, type Job, type Request, survivesDeath } from './job.ts';
import type { Claim } from './offers.ts';
import type { TaskResult } from './protocol.ts';
import { Tally, type TallyOptions, type TallyStats } from './tally.ts';
import { TaskQueue } from './task-queue.ts';
import { WorkerSlot, type WorkerState } from './worker-slot.ts';

/** The exercise asks for four worker threads. */
const workersDefault = 4;

/** Plenty for the largest factorial in BigInt, and a bound for a worker gone mad. */
const heapMbMaxDefault = 1024;

export interface PoolOptions extends TallyOptions {
  /** @default 4 */
  readonly workers?: number;
  /** Workers that may compute large factorials at the same time. @default all of them */
  readonly concurrency?: number;
  /**
   * Memory that large computations may take together, by estimate; a task that would go beyond it waits, and
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
  /** Large tasks that run at the same time. */
  readonly #lanes: number;
  readonly #slots: readonly WorkerSlot[];
  readonly #queue: TaskQueue;
  readonly #tally: Tally;
  #workersLost = 0;
  #closing: Promise<void> | undefined;

  constructor(program: ThreadProgram, options: PoolOptions) {
    this.#options = options;
    const { workers = workersDefault, concurrency = workers, computeMemoryBytes = Infinity } = options;
    this.#lanes = Math.min(concurrency, workers);
    this.#tally = new Tally(options, this.#lanes);
    this.#queue = new TaskQueue({ concurrency, memoryBytes: computeMemoryBytes });
    this.#slots = Array.from({ length: workers }, (_, worker) => this.#openWorkerSlot(program, worker));
    this.warm = Promise.all(this.#slots.map(({ warm }) => warm)).then(() => undefined);
  }

  run(request: Request, signal: AbortSignal): Promise<Computed> {
    return this.#enqueue(request, signal, this.#tally);
  }

  refusal(n: number): NumStoreError | undefined {
    return this.#refusal(n, this.#tally);
  }

  apart(options: TallyOptions): Tasks {
    const tally = new Tally(options, this.#lanes);
    return {
      run: (request, signal) => this.#enqueue(request, signal, tally),
      refusal: (n) => this.#refusal(n, tally),
      stats: () => this.#stats(tally),
    };
  }

  #refusal(n: number, tally: Tally): NumStoreError | undefined {
    if (this.#closing !== undefined) return stopping();
    // A short task waits for no large one, however long that will run.
    return tally.refusal(n, this.#queue.before(n), isShort(n) ? [] : this.workers());
  }

  #enqueue(request: Request, signal: AbortSignal, tally: Tally): Promise<Computed> {
    if (signal.aborted) return Promise.reject(cancelled(request.n));
    const refusal = this.#refusal(request.n, tally);
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      const job = createJob(request, tally, { resolve, reject }, signal, () => this.#cancel(job));
      this.#queue.add(job);
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
    for (const job of [...this.#queue.clear(), ...this.#running()]) job.reject(stopping());
    await Promise.all(this.#slots.map((slot) => slot.close()));
  }

  #openWorkerSlot(program: ThreadProgram, worker: number): WorkerSlot {
    return new WorkerSlot({
      program,
      worker,
      offers: this.#queue.short.memory,
      heapMbMax: this.#options.heapMbMax ?? heapMbMaxDefault,
      nice: this.#options.nice ?? 0,
      computeMemoryBytes: this.#options.computeMemoryBytes,
      onFree: () => this.#dispatch(),
      onDone: (job, result) => this.#finish(job, result),
      onClaimedDone: ({ claim, ...result }) => this.#finishClaimed(claim, result),
      onEnded: () => {
        for (const job of this.#queue.short.reclaim(worker)) this.#queue.putBack(job);
        this.#dispatch();
      },
      onLost: (cause, job) => this.#lose(cause, [job ?? [], ...this.#queue.short.reclaim(worker)].flat()),
    });
  }

  #running(): Job[] {
    return this.#slots.flatMap(({ job }) => job ?? []);
  }

  /** Gives tasks to idle workers, and offers those that are short and left over to the busy ones. */
  #dispatch(): void {
    for (;;) {
      const slot = this.#slots.find(({ isIdle }) => isIdle);
      const job = slot && this.#queue.next(this.#running());
      if (slot === undefined || job === undefined) break;
      job.waitMs = performance.now() - job.queuedAt;
      job.tally.started(job);
      slot.assign(job);
    }
    this.#queue.short.offer();
  }

  #finish(job: Job, { bytes, sha256, runMs, fellBack }: TaskResult): void {
    job.tally.ended(job, runMs, fellBack);
    job.resolve({ bytes, sha256, waitMs: job.waitMs, runMs });
  }

  #finishClaimed(claim: Claim, result: TaskResult): void {
    const job = this.#queue.short.finish(claim);
    if (job !== undefined) {
      job.waitMs = Math.max(0, performance.now() - job.queuedAt - result.runMs);
      job.tally.started(job);
      this.#finish(job, result);
    }
    this.#dispatch();
  }

  #lose(cause: Error, jobs: readonly Job[]): void {
    this.#workersLost += 1;
    this.#options.onWorkerLost?.(cause);
    for (const job of jobs) if (survivesDeath(job, cause)) this.#queue.putBack(job);
    // What the lost tasks left behind, their memory and their places, is free for others.
    this.#dispatch();
  }

  #cancel(job: Job): void {
    if (!this.#queue.remove(job)) this.#slots.find((slot) => slot.job === job)?.cancel();
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
