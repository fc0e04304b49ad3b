import { isShort, type Job } from './job.ts';
import { ShortQueue } from './short-queue.ts';

export interface TaskLimits {
  /** Large tasks that may run at the same time. */
  readonly concurrency: number;
  /** Memory that they may take together, by estimate. */
  readonly memoryBytes: number;
}

/**
 * The jobs that wait for a worker: large ones in the order in which they came, as far as memory and concurrency allow;
 * short ones before them and outside both limits, since they end before anybody could wait for them.
 */
export class TaskQueue {
  readonly short = new ShortQueue();
  readonly #limits: TaskLimits;
  readonly #large: Job[] = [];
  #isLargeDue = false;

  constructor(limits: TaskLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#large.length + this.short.jobs.length;
  }

  /** The jobs that n! would wait for. */
  before(n: number): readonly Job[] {
    return isShort(n) ? this.short.jobs : this.#large;
  }

  add(job: Job): void {
    if (isShort(job.request.n)) this.short.add(job);
    else this.#large.push(job);
  }

  /** Puts back a job whose worker is gone: it has waited already, so it goes first. */
  putBack(job: Job): void {
    if (isShort(job.request.n)) this.short.add(job);
    else this.#large.unshift(job);
  }

  /** Drops a cancelled job; returns whether it was here. */
  remove(job: Job): boolean {
    if (this.short.remove(job)) return true;
    const index = this.#large.indexOf(job);
    if (index !== -1) this.#large.splice(index, 1);
    return index !== -1;
  }

  /**
   * Takes out the job for an idle worker, beside those that run. After a short one a large one is next, or a flood of short
   * ones would keep all workers: the short ones lose no time, for busy workers claim them as well.
   */
  next(running: readonly Job[]): Job | undefined {
    const [large] = this.#large;
    const canStart = large !== undefined && this.#admits(large, running);
    const short = canStart && this.#isLargeDue ? undefined : this.short.take();
    this.#isLargeDue = short !== undefined;
    if (short !== undefined || !canStart) return short;
    return this.#large.shift();
  }

  /** Takes out all jobs. */
  clear(): readonly Job[] {
    const jobs = [...this.#large, ...this.short.jobs];
    for (const job of jobs) this.remove(job);
    return jobs;
  }

  /** One large job runs in any case. */
  #admits({ memoryBytes }: Job, running: readonly Job[]): boolean {
    const large = running.filter(({ request }) => !isShort(request.n));
    if (large.length === 0) return true;
    const taken = large.reduce((sum, job) => sum + job.memoryBytes, 0);
    return large.length < this.#limits.concurrency && taken + memoryBytes <= this.#limits.memoryBytes;
  }
}
