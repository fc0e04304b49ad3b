/** No window may grow beyond this (RFC 9113 6.9.1). */
export const windowBytesMax = 0x7fff_ffff;

/** The size of every window before SETTINGS or WINDOW_UPDATE change it (RFC 9113 6.9.2). */
export const defaultWindowBytes = 65_535;

/** What the peer may send: DATA takes from the window, and content that was taken is given back. */
export class ReceiveWindow {
  readonly #size: number;
  #left: number;
  #taken = 0;

  constructor(size: number) {
    this.#size = size;
    this.#left = size;
  }

  /** Counts `bytes` that came in. False if they exceed the window (RFC 9113 6.9.1). */
  receive(bytes: number): boolean {
    this.#left -= bytes;
    return this.#left >= 0;
  }

  /**
   * Counts `bytes` as taken. Returns the increment to send, or 0. An increment is due when half of
   * the window has gone: the peer never waits for it, and most reads need none.
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
