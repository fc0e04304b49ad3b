/** What a connection does at the end of a turn of the event loop. */
export interface TurnEnd {
  /** Everything that the turn had to say has been said. */
  onTurnEnd(): void;
}

/**
 * Calls `onTurnEnd` once after all the promises that this turn has settled have been heard: handlers that only took
 * a lock have answered by then, and all answers go out in one write.
 */
export class Turn {
  readonly #owner: TurnEnd;
  #isScheduled = false;

  constructor(owner: TurnEnd) {
    this.#owner = owner;
  }

  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // A tick asked for inside a microtask runs after the last microtask; asked for outside, it would run before.
    queueMicrotask(this.#ask);
  }

  readonly #ask = (): void => process.nextTick(this.#end);

  readonly #end = (): void => {
    this.#isScheduled = false;
    this.#owner.onTurnEnd();
  };
}
