/** Messages that wait for their one reader, which iterates over them. */
export class MessageQueue implements AsyncIterable<Buffer> {
  readonly #onTaken: () => void;
  readonly #messages: Buffer[] = [];
  #bytes = 0;
  #ending: { readonly error?: unknown } | undefined;
  #wake: (() => void) | undefined;

  /** @param onTaken called when the reader has taken a message */
  constructor(onTaken: () => void) {
    this.#onTaken = onTaken;
  }

  /** Bytes that the reader has not taken. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  /** Adds a copy of a message: it may wait for long, and must not keep a whole read alive. */
  put(message: Buffer): void {
    this.#messages.push(Buffer.from(message));
    this.#bytes += message.length;
    this.#wake?.();
  }

  /** No more messages will come. */
  end(): void {
    this.#ending ??= {};
    this.#wake?.();
  }

  /**
   * No more messages will come. The reader gets `error` after those that wait, or at once if
   * `drop`.
   */
  fail(error: unknown, drop = true): void {
    this.#ending ??= { error };
    if (drop) {
      this.#messages.length = 0;
      this.#bytes = 0;
    }
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      const message = this.#messages.shift();
      if (message !== undefined) {
        this.#bytes -= message.length;
        this.#onTaken();
        yield message;
      } else if (this.#ending !== undefined) {
        if ('error' in this.#ending) throw this.#ending.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
    }
  }
}
