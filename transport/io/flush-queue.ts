/** Flushes that are due at the end of this turn of the event loop, in order. */
let queue: Flush[] = [];

/**
 * Sends what one connection has to send, once per turn of the event loop. The turn ends when
 * everything that arrived in it, on all connections, has been read and its promises have settled:
 * handlers that only took a lock have responded by then. All writes follow one another, so a peer
 * wakes up once, and not for each response.
 */
export class Flush {
  readonly #send: () => void;
  #isScheduled = false;

  constructor(send: () => void) {
    this.#send = send;
  }

  get isScheduled(): boolean {
    return this.#isScheduled;
  }

  /** Sends at the end of this turn. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    if (queue.push(this) === 1) setImmediate(runQueue);
  }

  /** Sends now. */
  run(): void {
    this.#isScheduled = false;
    this.#send();
  }
}

function runQueue(): void {
  const due = queue;
  queue = [];
  for (const flush of due) flush.run();
}
