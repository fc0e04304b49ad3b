/** Bounds the lines of a kind in a log: a few say as much as thousands, and cost less. */
export class LineLimit {
  readonly #perSecond: number;
  #second = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #suppressed = 0;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /**
   * Runs `write` if there is room for a line in the second of `at`, with how many were left out before, if any.
   * @param at milliseconds
   */
  admit(at: number, write: (suppressed: number | undefined) => void): void {
    const second = Math.floor(at / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#lines = 0;
    }
    this.#lines += 1;
    if (this.#lines > this.#perSecond) {
      this.#suppressed += 1;
      return;
    }
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    write(suppressed === 0 ? undefined : suppressed);
  }
}
