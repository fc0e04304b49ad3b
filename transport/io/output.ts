import type { Socket } from 'node:net';
import { takeScratch } from './buffer-pool.ts';

/** What an output tells its owner. */
export interface OutputEvents {
  /** Bytes have left for the kernel; how many still wait is `unsentBytes`. */
  onSent(): void;
}

/**
 * Collects what is written during one turn of the event loop, and gives it to the socket at once. It holds a buffer
 * only while there is something to send, so an idle connection has none.
 */
export class Output {
  readonly #socket: Socket;
  readonly #events: OutputEvents;
  #scratch: ReturnType<typeof takeScratch> | undefined;
  #used = 0;
  #unsentBytes = 0;

  constructor(socket: Socket, events: OutputEvents) {
    this.#socket = socket;
    this.#events = events;
  }

  /** Bytes that the kernel has not taken yet. */
  get unsentBytes(): number {
    return this.#unsentBytes + this.#used;
  }

  get isEmpty(): boolean {
    return this.#used === 0;
  }

  /**
   * Room for `bytes` more, which count as written: fill it from the answered `buffer`, at `at()` less `bytes`.
   */
  reserve(bytes: number): Buffer {
    if (this.#scratch !== undefined && this.#used + bytes > this.#scratch.buffer.length) this.flush();
    this.#scratch ??= takeScratch(bytes);
    this.#used += bytes;
    return this.#scratch.buffer;
  }

  /** Where in the current buffer the written bytes end. */
  get end(): number {
    return this.#used;
  }

  /** Gives everything to the socket. */
  flush(): void {
    const scratch = this.#scratch;
    const bytes = this.#used;
    if (scratch === undefined || bytes === 0) return;
    this.#scratch = undefined;
    this.#used = 0;
    if (!this.#socket.writable) {
      scratch.release();
      return;
    }
    this.#unsentBytes += bytes;
    this.#socket.write(scratch.buffer.subarray(0, bytes), () => {
      this.#unsentBytes -= bytes;
      scratch.release();
      this.#events.onSent();
    });
  }
}
