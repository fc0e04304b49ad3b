import type { Socket } from 'node:net';
import { takeBuffer } from './buffer-pool.ts';

/** What an output reports. */
export interface OutputEvents {
  /** The kernel has taken bytes. Those that still wait are `unsentBytes`. */
  onSent(): void;
}

/**
 * Collects what is written during one turn of the event loop, and writes it to the socket at once.
 * It holds a buffer only while bytes wait, so an idle connection has none.
 */
export class Output {
  readonly #socket: Socket;
  readonly #events: OutputEvents;
  #pooled: ReturnType<typeof takeBuffer> | undefined;
  #used = 0;
  #unsentBytes = 0;

  constructor(socket: Socket, events: OutputEvents) {
    this.#socket = socket;
    this.#events = events;
  }

  /** Bytes that the kernel has not taken. */
  get unsentBytes(): number {
    return this.#unsentBytes + this.#used;
  }

  get isEmpty(): boolean {
    return this.#used === 0;
  }

  /**
   * Makes room for `bytes` more, which count as written: the caller fills the returned buffer, from
   * `end` less `bytes` up to `end`.
   */
  reserve(bytes: number): Buffer {
    if (this.#pooled !== undefined && this.#used + bytes > this.#pooled.buffer.length) this.flush();
    this.#pooled ??= takeBuffer(bytes);
    this.#used += bytes;
    return this.#pooled.buffer;
  }

  /** Where the written bytes end in the current buffer. */
  get end(): number {
    return this.#used;
  }

  /** Writes everything to the socket. */
  flush(): void {
    const pooled = this.#pooled;
    const bytes = this.#used;
    if (pooled === undefined || bytes === 0) return;
    this.#pooled = undefined;
    this.#used = 0;
    if (!this.#socket.writable) {
      pooled.release();
      return;
    }
    this.#unsentBytes += bytes;
    this.#socket.write(pooled.buffer.subarray(0, bytes), () => {
      this.#unsentBytes -= bytes;
      pooled.release();
      this.#events.onSent();
    });
  }
}
