import { performance } from 'node:perf_hooks';
import type { Worker } from 'node:worker_threads';
import type { ThreadProgram } from '../../thread/start.ts';
import { engineFile } from '../factorial/instance.ts';
import type { Job } from './job.ts';
import { type Base, type Reply, signals, type Task, type WorkerSettings } from './protocol.ts';

/** How long a thread that dies before it was ever ready keeps its slot empty: no busy loop of failing starts. */
const restartDelayMs = 1000;

/**
 * How long a worker may take to see that it should stop. The engine looks about every millisecond, but on a busy
 * machine a worker of low priority may have to wait for a core. Where BigInt computes, which cannot be interrupted,
 * there is nothing to wait for: the thread has to go.
 */
const stopWithinMs = { engine: 1000, fallback: 20 } as const;

/** The largest base that is copied for a worker: that takes the main thread some 2 ms. */
const baseBytesMax = 8 * 2 ** 20;

/** A copy that the worker frees: the base may have readers, and be freed by its last one. */
function copyOf(base: Base | undefined): Base | undefined {
  // Freed bytes have no length: the task is tried again, and its caller has gone.
  if (base === undefined || base.bytes.length === 0 || base.bytes.length > baseBytesMax) return undefined;
  return { n: base.n, bytes: base.bytes.slice() };
}

/**
 * What the engine of an idle worker may keep: four of them a quarter of what running computations
 * may take, but each what small factorials need.
 */
function keptBytes(computeMemoryBytes = Number.POSITIVE_INFINITY): number {
  return Math.min(64 * 2 ** 20, Math.max(4 * 2 ** 20, computeMemoryBytes / 16));
}

/** What a worker does. */
export type WorkerState =
  /** not warm yet, or being replaced */
  | { readonly kind: 'starting' }
  | { readonly kind: 'idle' }
  /** `stopping` if nobody waits for it any more; for so long, in milliseconds */
  | { readonly kind: 'computing' | 'stopping'; readonly n: number; readonly forMs: number };

export interface SlotOptions {
  readonly program: ThreadProgram;
  readonly heapMbMax: number;
  readonly nice: number;
  readonly computeMemoryBytes: number | undefined;
  /** The short tasks on offer, and the number by which this slot's claims are known. */
  readonly offers: SharedArrayBuffer;
  readonly worker: number;
  /** The slot can take a task: for the first time, or again. */
  readonly onFree: () => void;
  readonly onDone: (job: Job, reply: Extract<Reply, { kind: 'done' }>) => void;
  /** The worker has computed an offer that it claimed; its job goes on. */
  readonly onClaimedDone: (reply: Extract<Reply, { kind: 'claimed-done' }>) => void;
  /** The thread was ended since it did not stop in time; a new one starts. */
  readonly onEnded: () => void;
  /** The thread died by itself, with the job that it had, unless that was cancelled. A new one is started in any case. */
  readonly onLost: (cause: Error, job: Job | undefined) => void;
}

/** A place for one worker at a time: threads may die in it and are replaced. */
export class WorkerSlot {
  /** Resolves when the first thread is warm; rejects if it dies before. */
  readonly warm: Promise<void>;
  readonly #options: SlotOptions;
  readonly #shared = new Int32Array(new SharedArrayBuffer(signals.count * Int32Array.BYTES_PER_ELEMENT));
  #worker: Worker | undefined;
  #ready = false;
  #job: Job | undefined;
  #taskId = 0;
  #assignedAt = 0;
  #isAbandoned = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: SlotOptions) {
    this.#options = options;
    this.warm = new Promise((resolve, reject) => this.#start(resolve, reject));
  }

  get isReady(): boolean {
    return this.#ready;
  }

  get isIdle(): boolean {
    return this.#ready && this.#job === undefined;
  }

  /** What it computes, cancelled or not. */
  get job(): Job | undefined {
    return this.#job;
  }

  get state(): WorkerState {
    if (!this.#ready) return { kind: 'starting' };
    if (this.#job === undefined) return { kind: 'idle' };
    return {
      kind: this.#isAbandoned ? 'stopping' : 'computing',
      n: this.#job.request.n,
      forMs: performance.now() - this.#assignedAt,
    };
  }

  /** Gives the job to the worker, which must be idle. */
  assign(job: Job): void {
    this.#job = job;
    this.#assignedAt = performance.now();
    this.#isAbandoned = false;
    // An id that the stop flag does not show: what was stopped before is no reason to stop this.
    this.#taskId = (this.#taskId + 1) | 0;
    const base = copyOf(job.request.base);
    const task: Task = { id: this.#taskId, n: job.request.n, base };
    this.#worker?.postMessage(task, base === undefined ? [] : [base.bytes.buffer]);
  }

  /** Tells the worker that nobody waits for its job; it is free again soon, or replaced. */
  cancel(): void {
    this.#isAbandoned = true;
    Atomics.store(this.#shared, signals.stop, this.#taskId);
    const isFallingBack = Atomics.load(this.#shared, signals.isFallingBack) === 1;
    const withinMs = isFallingBack ? stopWithinMs.fallback : stopWithinMs.engine;
    this.#timer = setTimeout(() => void this.#replace(), withinMs);
  }

  /** Ends the thread for good. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#ready = false;
    this.#job = undefined;
    await this.#worker?.terminate();
  }

  async #replace(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#ready = false;
    // Whoever waits for this slot goes on waiting until the new thread is ready.
    await worker?.terminate();
    if (this.#closed) return;
    this.#job = undefined;
    this.#start();
    this.#options.onEnded();
  }

  #start(onWarm?: () => void, onFailed?: (cause: Error) => void): void {
    const { offers, worker: number, nice } = this.#options;
    const settings: WorkerSettings = {
      signals: this.#shared.buffer,
      offers,
      worker: number,
      nice,
      engineFile: engineFile().href,
      keptBytes: keptBytes(this.#options.computeMemoryBytes),
    };
    const worker = this.#options.program.start({
      workerData: settings,
      resourceLimits: { maxOldGenerationSizeMb: this.#options.heapMbMax },
    });
    this.#worker = worker;
    let cause: Error | undefined;
    worker.on('message', (reply: Reply) => {
      if (worker !== this.#worker || this.#closed) return;
      this.#heed(reply);
      if (reply.kind === 'ready') onWarm?.();
    });
    worker.on('error', (error: Error) => {
      cause = error;
    });
    worker.once('exit', (code) => {
      // A thread that was ended on purpose is no longer the one of this slot.
      if (worker !== this.#worker || this.#closed) return;
      const fault = cause ?? new Error(`the thread exited with code ${code}`);
      this.#lose(fault);
      onFailed?.(fault);
    });
  }

  #heed(reply: Reply): void {
    if (reply.kind === 'claimed-done') {
      this.#options.onClaimedDone(reply);
      return;
    }
    const job = this.#job;
    clearTimeout(this.#timer);
    this.#ready = true;
    this.#job = undefined;
    if (reply.kind === 'done' && job !== undefined) this.#options.onDone(job, reply);
    this.#options.onFree();
  }

  #lose(cause: Error): void {
    // A cancelled job has its answer already: no worker computes it again.
    const job = this.#isAbandoned ? undefined : this.#job;
    clearTimeout(this.#timer);
    const delayMs = this.#ready ? 0 : restartDelayMs;
    this.#ready = false;
    this.#job = undefined;
    this.#timer = setTimeout(() => this.#start(), delayMs);
    this.#options.onLost(cause, job);
  }
}
