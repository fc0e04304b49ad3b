import { performance } from 'node:perf_hooks';
import { siblingModule } from '../../thread/start.ts';
import { NumStoreError } from '../errors.ts';
import type { FactorialResult } from '../factorial/result.ts';
import type { Job } from './job.ts';
import { openThread, type Thread } from './thread.ts';
import { createTimes, type Times } from './times.ts';

/** The exercise asks for four worker threads. */
const workersDefault = 4;

/** A worker may die of its task once: the second death says that the task is to blame. */
const deathsMax = 2;

/** Plenty for the largest factorial, and a bound for a worker gone mad. */
const heapMbMaxDefault = 1024;

export interface PoolOptions {
  /** @default 4 */
  readonly workers?: number;
  /** Tasks that may wait for a worker; one more is refused with QUEUE_FULL. */
  readonly queueLimit: number;
  /** The module that a worker runs. @default the factorials of worker.ts */
  readonly workerFile?: URL;
  /** Heap of one worker in MB, beyond which it dies. @default 1024 */
  readonly heapMbMax?: number;
  /** Called for each worker that died by itself; it is replaced in any case. */
  readonly onWorkerLost?: (cause: Error) => void;
}

interface PoolStats {
  /** Workers that are warm: idle or computing. */
  readonly ready: number;
  readonly running: number;
  readonly queued: number;
  readonly workersLost: number;
  /** Milliseconds in the queue, and computing. */
  readonly wait: Times;
  readonly run: Times;
}

/** Worker threads that compute factorials, one task each, with a bounded queue before them. */
export interface Pool {
  /**
   * Computes n!. An abort drops the task while it is queued; once it runs, it runs to its end.
   * @throws NumStoreError QUEUE_FULL, WORKER_LOST, STOPPING, CANCELLED (the signal was aborted in the queue)
   */
  run(n: number, signal: AbortSignal): Promise<FactorialResult>;
  stats(): PoolStats;
  /** Ends every thread; what is queued or running is rejected with STOPPING. Idempotent. */
  close(): Promise<void>;
}

/** A place for a worker: the thread that fills it now, and what it computes. */
interface Slot {
  thread: Thread | undefined;
  ready: boolean;
  job: Job | undefined;
  restart: NodeJS.Timeout | undefined;
}

/**
 * Opens a pool whose workers are all warm.
 * @throws Error if a worker cannot start
 */
export async function openPool(options: PoolOptions): Promise<Pool> {
  const pool = new ThreadPool(options);
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
  #workersLost = 0;
  #closing: Promise<void> | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
    const slots = Array.from({ length: options.workers ?? workersDefault }, () => this.#openSlot());
    this.#slots = slots.map(({ slot }) => slot);
    this.warm = Promise.all(slots.map(({ warm }) => warm)).then(() => undefined);
  }

  run(n: number, signal: AbortSignal): Promise<FactorialResult> {
    if (this.#closing !== undefined) return Promise.reject(stopping());
    if (this.#queue.length >= this.#options.queueLimit && this.#idleSlot() === undefined) {
      return Promise.reject(this.#queueFull());
    }
    return new Promise((resolve, reject) => {
      const job: Job = { n, queuedAt: performance.now(), deaths: 0, resolve, reject };
      signal.addEventListener('abort', () => this.#drop(job), { once: true });
      this.#queue.push(job);
      this.#dispatch();
    });
  }

  stats(): PoolStats {
    return {
      ready: this.#slots.filter((slot) => slot.ready).length,
      running: this.#slots.filter((slot) => slot.job !== undefined).length,
      queued: this.#queue.length,
      workersLost: this.#workersLost,
      wait: this.#wait.summary(),
      run: this.#run.summary(),
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const job of this.#queue.splice(0)) job.reject(stopping());
    await Promise.all(
      this.#slots.map(async (slot) => {
        clearTimeout(slot.restart);
        slot.job?.reject(stopping());
        slot.job = undefined;
        slot.ready = false;
        await slot.thread?.terminate();
      }),
    );
  }

  #openSlot(): { slot: Slot; warm: Promise<void> } {
    const slot: Slot = { thread: undefined, ready: false, job: undefined, restart: undefined };
    const warm = new Promise<void>((resolve, reject) => this.#startThread(slot, resolve, reject));
    return { slot, warm };
  }

  #startThread(slot: Slot, onReady?: () => void, onLost?: (cause: Error) => void): void {
    slot.thread = openThread({
      file: this.#options.workerFile ?? siblingModule('worker', import.meta.url),
      heapMbMax: this.#options.heapMbMax ?? heapMbMaxDefault,
      onReady: () => {
        slot.ready = true;
        onReady?.();
        this.#dispatch();
      },
      onDone: ({ bytes, runMs }) => this.#settle(slot, bytes, runMs),
      onLost: (cause, restartInMs) => {
        this.#lose(slot, cause);
        onLost?.(cause);
        slot.restart = setTimeout(() => this.#startThread(slot), restartInMs);
      },
    });
  }

  #idleSlot(): Slot | undefined {
    return this.#slots.find((slot) => slot.ready && slot.job === undefined);
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const slot = this.#idleSlot();
      if (slot === undefined) return;
      const job = this.#queue.shift();
      if (job === undefined) return;
      slot.job = job;
      this.#wait.record(performance.now() - job.queuedAt);
      slot.thread?.post({ n: job.n });
    }
  }

  #settle(slot: Slot, bytes: Uint8Array<SharedArrayBuffer>, runMs: number): void {
    const job = slot.job;
    slot.job = undefined;
    this.#run.record(runMs);
    job?.resolve({ n: job.n, bytes });
    this.#dispatch();
  }

  #lose(slot: Slot, cause: Error): void {
    const job = slot.job;
    slot.ready = false;
    slot.job = undefined;
    this.#workersLost += 1;
    this.#options.onWorkerLost?.(cause);
    if (job === undefined) return;
    job.deaths += 1;
    if (job.deaths < deathsMax) {
      // It has waited already: it goes first, to whichever other worker is free first.
      this.#queue.unshift(job);
      this.#dispatch();
    } else {
      const message = `The computation of ${job.n}! was lost ${job.deaths} times; try again later`;
      job.reject(new NumStoreError('WORKER_LOST', message, { cause }));
    }
  }

  #drop(job: Job): void {
    const index = this.#queue.indexOf(job);
    if (index === -1) return;
    this.#queue.splice(index, 1);
    job.reject(new NumStoreError('CANCELLED', `Nobody waits for ${job.n}! any more`));
  }

  #queueFull(): NumStoreError {
    const { queueLimit } = this.#options;
    const drainMs = (this.#run.summary().meanMs * queueLimit) / this.#slots.length;
    return new NumStoreError('QUEUE_FULL', `${queueLimit} factorials wait already; try again later`, {
      retryAfterMs: Math.min(Math.max(Math.ceil(drainMs), retryAfterMsMin), retryAfterMsMax),
    });
  }
}

/** A retry sooner than this costs more than it gains, and later than this would be forgetting the caller. */
const retryAfterMsMin = 10;
const retryAfterMsMax = 10_000;

function stopping(): NumStoreError {
  return new NumStoreError('STOPPING', 'The server is stopping');
}
