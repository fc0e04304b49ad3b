/** The smallest array: fewer places save no memory worth having. */
const placesMin = 16;
/** The largest array: streams without a place are kept in a map. */
const placesMax = 4096;

/** What a table holds. */
interface Identified {
  readonly id: number;
}

/**
 * The open streams of a connection by id. Ids of one side rise by two, so open streams rarely share
 * a place of a small array. Those that do, as a peer may choose, are kept in a map. A map alone is
 * rebuilt every few dozen calls, and its old memory keeps ended streams from being collected.
 */
export class StreamTable<Stream extends Identified> {
  #places: (Stream | undefined)[] = new Array<Stream | undefined>(placesMin).fill(undefined);
  #mask = placesMin - 1;
  readonly #others = new Map<number, Stream>();
  #placed = 0;

  /** How many streams are open. */
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

  /** All streams, the oldest first. */
  values(): Stream[] {
    const placed = this.#places.filter((stream) => stream !== undefined);
    return [...placed, ...this.#others.values()].sort((a, b) => a.id - b.id);
  }

  clear(): void {
    this.#places.fill(undefined);
    this.#others.clear();
    this.#placed = 0;
  }

  /** Doubles the array. Streams in the map stay there. */
  #grow(): void {
    const placed = this.#places.filter((stream) => stream !== undefined);
    this.#mask = this.#mask * 2 + 1;
    this.#places = new Array<Stream | undefined>(this.#mask + 1).fill(undefined);
    for (const stream of placed) this.#places[(stream.id >>> 1) & this.#mask] = stream;
  }
}
