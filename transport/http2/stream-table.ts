/** Fewer places are not worth saving. */
const placesMin = 16;
/** More are not worth having: what does not find one is kept in a map. */
const placesMax = 4096;

/** What a table keeps. */
interface Identified {
  readonly id: number;
}

/**
 * The open streams of a connection by their id. Ids of one side rise by two, so that the streams that are open at a time hardly
 * ever want the same place of a small array; those that do, as a peer may make them, are kept in a map. A map alone would be laid
 * out anew every few dozen calls, and what was laid out before keeps ended streams from being collected for long.
 */
export class StreamTable<Stream extends Identified> {
  #places: (Stream | undefined)[] = new Array<Stream | undefined>(placesMin).fill(undefined);
  #mask = placesMin - 1;
  readonly #others = new Map<number, Stream>();
  #placed = 0;

  /** How many there are. */
  get size(): number {
    return this.#placed + this.#others.size;
  }

  get(id: number): Stream | undefined {
    const stream = this.#places[(id >>> 1) & this.#mask];
    if (stream !== undefined && stream.id === id) return stream;
    return this.#others.size === 0 ? undefined : this.#others.get(id);
  }

  /** Adds a stream whose id is new. */
  add(stream: Stream): void {
    if (this.#placed * 2 > this.#mask && this.#mask < placesMax - 1) this.#grow();
    const place = (stream.id >>> 1) & this.#mask;
    if (this.#places[place] === undefined) {
      this.#places[place] = stream;
      this.#placed++;
    } else this.#others.set(stream.id, stream);
  }

  delete(id: number): void {
    const place = (id >>> 1) & this.#mask;
    if (this.#places[place]?.id === id) {
      this.#places[place] = undefined;
      this.#placed--;
    } else this.#others.delete(id);
  }

  /** All of them, the oldest first. */
  values(): Stream[] {
    const placed = this.#places.filter((stream) => stream !== undefined);
    return [...placed, ...this.#others.values()].sort((a, b) => a.id - b.id);
  }

  clear(): void {
    this.#places.fill(undefined);
    this.#others.clear();
    this.#placed = 0;
  }

  /** Streams that were kept for want of a place stay where they are. */
  #grow(): void {
    const placed = this.#places.filter((stream) => stream !== undefined);
    this.#mask = this.#mask * 2 + 1;
    this.#places = new Array<Stream | undefined>(this.#mask + 1).fill(undefined);
    for (const stream of placed) this.#places[(stream.id >>> 1) & this.#mask] = stream;
  }
}
