/** How a stream came to its end: the answer to a late frame depends on it (RFC 9113 5.1, "closed"). */
export const Ending = { unknown: 0, complete: 1, resetByPeer: 2, resetByUs: 3 } as const;
export type Ending = (typeof Ending)[keyof typeof Ending];

/**
 * Frames that were under way when a stream ended refer to recent streams; older ones need no precise answer. As many as
 * a peer has open by default: it may have sent the heads of all of them before the first content.
 */
const remembered = 512;

const endings = Object.values(Ending);

/** Remembers how the latest streams ended; a peer's ids are all odd or all even, so each has its own place. */
export class ClosedStreams {
  #ids: Uint32Array | undefined;
  #endings: Uint8Array | undefined;
  #lateBytes: Uint32Array | undefined;

  add(streamId: number, ending: Ending): void {
    this.#ids ??= new Uint32Array(remembered);
    this.#endings ??= new Uint8Array(remembered);
    const place = placeOf(streamId);
    this.#ids[place] = streamId;
    this.#endings[place] = ending;
    if (this.#lateBytes !== undefined) this.#lateBytes[place] = 0;
  }

  /** Books `bytes` of DATA that came after the end of one of the latest streams; answers how many have by now. */
  bookLate(streamId: number, bytes: number): number {
    this.#lateBytes ??= new Uint32Array(remembered);
    const place = placeOf(streamId);
    const sum = (this.#lateBytes[place] ?? 0) + bytes;
    this.#lateBytes[place] = sum;
    return sum;
  }

  endingOf(streamId: number): Ending {
    const place = placeOf(streamId);
    if (this.#ids?.[place] !== streamId) return Ending.unknown;
    return endings[this.#endings?.[place] ?? 0] ?? Ending.unknown;
  }
}

function placeOf(streamId: number): number {
  return (streamId >>> 1) % remembered;
}
