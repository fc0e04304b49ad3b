/** Raw samples in columns; plain data, so that threads can send them. Times are milliseconds from the common start. */
export interface Samples {
  /** how each call ended: a place in `outcomes` */
  readonly outcome: Uint8Array;
  /** when it was meant to be sent; in a closed loop, when it was sent */
  readonly dueMs: Float64Array;
  /** when it was due and a call more was allowed: what is later than that is the generator's own delay */
  readonly readyMs: Float64Array;
  /** when it was sent */
  readonly sentMs: Float64Array;
  /** when its reply was decoded, or it had failed */
  readonly endMs: Float64Array;
  /** samples that were not kept, for want of room */
  readonly dropped: number;
}

const firstCapacity = 4096;
const columns = ['dueMs', 'readyMs', 'sentMs', 'endMs'] as const;
type Column = (typeof columns)[number];

/** Keeps the first `max` samples; in a closed loop, where a call is due and ready when it is sent, one time for all three. */
export class SampleKeeper {
  readonly #max: number;
  readonly #isOpen: boolean;
  #outcome = new Uint8Array(firstCapacity);
  readonly #times: Record<Column, Float64Array> = {
    dueMs: new Float64Array(0),
    readyMs: new Float64Array(0),
    sentMs: new Float64Array(firstCapacity),
    endMs: new Float64Array(firstCapacity),
  };
  #count = 0;
  #dropped = 0;

  constructor(max: number, isOpen: boolean) {
    this.#max = max;
    this.#isOpen = isOpen;
    if (!isOpen) return;
    this.#times.dueMs = new Float64Array(firstCapacity);
    this.#times.readyMs = new Float64Array(firstCapacity);
  }

  keep(outcome: number, dueMs: number, readyMs: number, sentMs: number, endMs: number): void {
    if (this.#count === this.#max) {
      this.#dropped++;
      return;
    }
    if (this.#count === this.#outcome.length) this.#grow();
    this.#outcome[this.#count] = outcome;
    if (this.#isOpen) {
      this.#times.dueMs[this.#count] = dueMs;
      this.#times.readyMs[this.#count] = readyMs;
    }
    this.#times.sentMs[this.#count] = sentMs;
    this.#times.endMs[this.#count] = endMs;
    this.#count++;
  }

  build(): Samples {
    const cut = (column: Column): Float64Array => this.#times[column].slice(0, this.#count);
    const sentMs = cut('sentMs');
    return {
      outcome: this.#outcome.slice(0, this.#count),
      dueMs: this.#isOpen ? cut('dueMs') : sentMs,
      readyMs: this.#isOpen ? cut('readyMs') : sentMs,
      sentMs,
      endMs: cut('endMs'),
      dropped: this.#dropped,
    };
  }

  #grow(): void {
    const length = this.#outcome.length * 2;
    const outcome = new Uint8Array(length);
    outcome.set(this.#outcome);
    this.#outcome = outcome;
    for (const column of columns) {
      if (this.#times[column].length === 0) continue;
      const wider = new Float64Array(length);
      wider.set(this.#times[column]);
      this.#times[column] = wider;
    }
  }
}
