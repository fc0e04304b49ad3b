/** How a stream came to its end: the answer to a late frame depends on it (RFC 9113 5.1, "closed"). */
export const Ending = { unknown: 0, complete: 1, resetByPeer: 2, resetByUs: 3 } as const;
export type Ending = (typeof Ending)[keyof typeof Ending];

/** Frames that were under way when a stream ended refer to recent streams; older ones need no precise answer. */
const remembered = 128;

/** Remembers how the latest streams ended. */
export class ClosedStreams {
  readonly #ids = new Uint32Array(remembered);
  readonly #endings: Ending[] = new Array<Ending>(remembered).fill(Ending.unknown);
  #next = 0;

  add(streamId: number, ending: Ending): void {
    this.#ids[this.#next] = streamId;
    this.#endings[this.#next] = ending;
    this.#next = (this.#next + 1) % remembered;
  }

  endingOf(streamId: number): Ending {
    return this.#endings[this.#ids.indexOf(streamId)] ?? Ending.unknown;
  }
}
