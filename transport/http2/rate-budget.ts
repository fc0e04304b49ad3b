/** How often a peer may do something: a burst, refilled at a steady rate. */
export class RateBudget {
  readonly #burst: number;
  readonly #perMs: number;
  readonly #now: () => number;
  #left: number;
  #at: number;

  constructor(burst: number, perSecond: number, now: () => number) {
    this.#burst = burst;
    this.#perMs = perSecond / 1_000;
    this.#now = now;
    this.#left = burst;
    this.#at = now();
  }

  /** Takes one. False if none is left. Reads the clock only when the burst seems used up. */
  take(): boolean {
    if (this.#left < 1) this.#refill();
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }

  /** Gives one back. */
  credit(): void {
    if (this.#left < this.#burst) this.#left++;
  }

  /** Back to a full burst. */
  restore(): void {
    this.#left = this.#burst;
  }

  #refill(): void {
    const now = this.#now();
    this.#left = Math.min(this.#burst, this.#left + (now - this.#at) * this.#perMs);
    this.#at = now;
  }
}
