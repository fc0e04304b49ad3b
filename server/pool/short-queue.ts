import type { Job } from './job.ts';
import { type Claim, cellCount, createOffers, Offers } from './offers.ts';

/**
 * A claim that is older is on offer again. A worker of low priority may lose its core in the middle of one, and come back to
 * it after two others have had their turn, in 8 ms or more.
 */
const offerAgainMs = 2;

/** The short jobs that are not done, the shortest first. They wait for an idle worker, or until a busy one claims them. */
export class ShortQueue {
  /** What the workers look at. */
  readonly memory = createOffers();
  readonly #offers = new Offers(this.memory);
  /** The jobs on offer or claimed, by cell. A cancelled one that is claimed has none. */
  readonly #placed: (Job | undefined)[] = Array.from({ length: cellCount });
  /** The cells without an offer and without a claim. */
  readonly #empty = new Set(this.#placed.keys());
  readonly #waiting: Job[] = [];
  /** The cells that were claimed when `#offerAgain` looked last. */
  readonly #slow = new Set<number>();
  #timer: NodeJS.Timeout | undefined;

  /** The jobs that wait, and those that a worker has claimed. */
  get jobs(): readonly Job[] {
    return [...this.#waiting, ...this.#placed.filter((job) => job !== undefined)];
  }

  add(job: Job): void {
    const after = this.#waiting.findIndex(({ request }) => request.n > job.request.n);
    this.#waiting.splice(after === -1 ? this.#waiting.length : after, 0, job);
  }

  /** Takes out the shortest job that no worker has claimed. */
  take(): Job | undefined {
    this.#withdrawAll();
    return this.#waiting.shift();
  }

  /** Puts what waits on offer, as far as there are cells. */
  offer(): void {
    for (const cell of this.#empty) {
      const job = this.#waiting.shift();
      if (job === undefined) break;
      this.#empty.delete(cell);
      this.#placed[cell] = job;
      this.#offers.place(cell, job.request.n);
    }
    if (this.#timer !== undefined || this.#placed.every((job) => job === undefined)) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#offerAgain();
      this.offer();
    }, offerAgainMs).unref();
  }

  /** Drops a cancelled job, and what a worker that has claimed it will answer; returns whether it was here. */
  remove(job: Job): boolean {
    const cell = this.#placed.indexOf(job);
    if (cell !== -1) {
      this.#placed[cell] = undefined;
      if (this.#offers.withdraw(cell, job.request.n)) this.#empty.add(cell);
      return true;
    }
    const index = this.#waiting.indexOf(job);
    if (index !== -1) this.#waiting.splice(index, 1);
    return index !== -1;
  }

  /**
   * A worker has computed `n`, which it claimed from this cell; returns the job, unless it was cancelled or another worker
   * was sooner. Where the cell has a new job of the same number by now, the result is that job's as well.
   */
  finish({ cell, n }: Claim): Job | undefined {
    const job = this.#placed[cell];
    if (job === undefined ? this.#empty.has(cell) : job.request.n !== n) return undefined;
    this.#placed[cell] = undefined;
    this.#slow.delete(cell);
    this.#offers.clear(cell);
    this.#empty.add(cell);
    return job;
  }

  /** `worker` is gone; returns the jobs that it had claimed. */
  reclaim(worker: number): readonly Job[] {
    return this.#offers.claimedBy(worker).flatMap((cell) => {
      const n = this.#placed[cell]?.request.n ?? 0;
      return this.finish({ cell, n }) ?? [];
    });
  }

  #offerAgain(): void {
    for (const [cell, job] of this.#placed.entries()) {
      if (job === undefined || !this.#offers.isClaimed(cell)) this.#slow.delete(cell);
      else if (this.#slow.delete(cell)) this.#offers.place(cell, job.request.n);
      else this.#slow.add(cell);
    }
  }

  #withdrawAll(): void {
    for (const [cell, job] of this.#placed.entries()) {
      if (job === undefined || !this.#offers.withdraw(cell, job.request.n)) continue;
      this.#placed[cell] = undefined;
      this.#empty.add(cell);
      this.add(job);
    }
  }
}
