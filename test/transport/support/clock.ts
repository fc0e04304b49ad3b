import type { Clock } from '../../../transport/io/clock.ts';

/** A clock that stands still until `advance`. */
export class ManualClock implements Clock {
  #now = 0;
  readonly #tasks = new Set<{ at: number; every: number | undefined; task: () => void }>();

  readonly now = (): number => this.#now;

  /** How many timers are armed. */
  get armed(): number {
    return this.#tasks.size;
  }

  after(ms: number, task: () => void): () => void {
    return this.#add({ at: this.#now + ms, every: undefined, task });
  }

  every(ms: number, task: () => void): () => void {
    return this.#add({ at: this.#now + ms, every: ms, task });
  }

  /** Lets `ms` pass, running what falls due, in order. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = [...this.#tasks].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#now = due.at;
      if (due.every === undefined) this.#tasks.delete(due);
      else due.at += due.every;
      due.task();
    }
    this.#now = until;
  }

  #add(entry: { at: number; every: number | undefined; task: () => void }): () => void {
    this.#tasks.add(entry);
    return () => this.#tasks.delete(entry);
  }
}
