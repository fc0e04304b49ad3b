/** Between two powers of two; a value is told to about three in a hundred, and exactly below 64. */
const placesPerOctave = 32;
const octaveBits = 5;

/** Larger values count as this: an hour, in microseconds. It fits 32 bits. */
const valueMax = 3_600_000_000;
const places = placeOf(valueMax) + 1;

/**
 * Whole numbers from 1 on, counted by their size. Node's own histogram has finer places: adding the hundred that the page
 * wants each second stalled the event loop for two milliseconds, and these take a fifth of it.
 */
export class LogHistogram {
  readonly #counts = new Uint32Array(places);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** @param value is rounded, and brought into the range */
  record(value: number): void {
    const place = placeOf(Math.min(Math.max(Math.round(value), 1), valueMax));
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.#count += 1;
  }

  add(other: LogHistogram): void {
    if (other.#count === 0) return;
    for (let place = 0; place < places; place++) {
      this.#counts[place] = (this.#counts[place] ?? 0) + (other.#counts[place] ?? 0);
    }
    this.#count += other.#count;
  }

  reset(): void {
    if (this.#count === 0) return;
    this.#counts.fill(0);
    this.#count = 0;
  }

  /** The value that so many in a hundred do not exceed; 0 if there are none. */
  percentile(percent: number): number {
    const wanted = Math.max(1, Math.ceil((percent / 100) * this.#count));
    let seen = 0;
    for (let place = 0; place < places; place++) {
      seen += this.#counts[place] ?? 0;
      if (seen >= wanted) return middleOf(place);
    }
    return 0;
  }
}

/** Linear below 64, and then 32 places for each octave. */
function placeOf(value: number): number {
  const shift = Math.max(0, 31 - Math.clz32(value) - octaveBits);
  return shift * placesPerOctave + (value >>> shift);
}

function middleOf(place: number): number {
  const shift = Math.max(0, Math.floor(place / placesPerOctave) - 1);
  const width = 2 ** shift;
  return (place - shift * placesPerOctave) * width + (width - 1) / 2;
}
