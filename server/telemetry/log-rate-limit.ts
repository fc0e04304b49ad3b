import type { Log } from '../domain/log.ts';
import type { ConnectionLimit } from '../net/listener.ts';

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

/** Logs requests that were refused for their bytes, in at most one line a second. */
export function createRequestLog(log: Pick<Log, 'warn'>): (bytes: number) => void {
  const lines = new LineLimit(1);
  return (bytes) =>
    lines.admit(performance.now(), (suppressed) =>
      log.warn({ bytes, suppressed }, 'incomplete requests refused'),
    );
}

/** Logs connections that were refused, in at most one line a second. */
export function createRefusalLog(log: Pick<Log, 'warn'>): (limit: ConnectionLimit, address: string) => void {
  const lines = new LineLimit(1);
  return (limit, address) =>
    lines.admit(performance.now(), (suppressed) =>
      log.warn({ limit, address, suppressed }, 'connection refused'),
    );
}
