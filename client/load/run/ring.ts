/** A queue of at most as many items as it was made for; taking and putting cost the same however many there are. */
export class Ring<Item> {
  readonly #items: (Item | undefined)[];
  #first = 0;
  #size = 0;

  constructor(items: readonly Item[]) {
    this.#items = [...items];
    this.#size = items.length;
  }

  /** The item that waited longest. */
  take(): Item | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#items[this.#first];
    this.#first = (this.#first + 1) % this.#items.length;
    this.#size--;
    return item;
  }

  put(item: Item): void {
    this.#items[(this.#first + this.#size) % this.#items.length] = item;
    this.#size++;
  }
}
