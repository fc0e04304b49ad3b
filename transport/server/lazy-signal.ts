/** Why a call ended before its response. */
export type AbortCause = 'cancelled' | 'deadline' | 'stalled';

/** An AbortSignal that costs nothing until it is read. */
export class LazySignal {
  #controller: AbortController | undefined;
  #reason: unknown;
  #isAborted = false;

  get isAborted(): boolean {
    return this.#isAborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isAborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    if (this.#isAborted) return;
    this.#isAborted = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}
