/** No window may grow beyond this (RFC 9113 6.9.1). */
export const windowBytesMax = 0x7fff_ffff;

/** What every window starts with until somebody says otherwise (RFC 9113 6.9.2). */
export const defaultWindowBytes = 65_535;

/** What we let the peer send: it pays from the window, we give back what has been taken out of our hands. */
export class ReceiveWindow {
  readonly #size: number;
  #left: number;
  #taken = 0;

  constructor(size: number) {
    this.#size = size;
    this.#left = size;
  }

  /** Books `bytes` that came in; false if they exceed the window (RFC 9113 6.9.1). */
  receive(bytes: number): boolean {
    this.#left -= bytes;
    return this.#left >= 0;
  }

  /**
   * Books `bytes` as taken. Answers the increment to send, or 0: one is due when half of the window has gone, so that
   * the peer never waits for it and most bytes need none.
   */
  take(bytes: number): number {
    this.#taken += bytes;
    if (this.#taken * 2 < this.#size) return 0;
    const increment = this.#taken;
    this.#taken = 0;
    this.#left += increment;
    return increment;
  }
}
