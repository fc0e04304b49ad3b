import type { Key } from '../domain/key.ts';
import { compareBytes } from './byte-order.ts';
import type { Position } from './listing.ts';

/** Short enough to shift within a microsecond, long enough that a million keys make only some thousand chunks. */
const chunkKeysMax = 1024;

/**
 * Keys in byte order: a B-tree of two levels. Adding or taking out a key costs two binary searches and a shift of
 * at most a chunk; nothing is ever sorted as a whole, so a listing never holds the event loop.
 */
export class SortedKeys {
  /** No chunk is empty, except the only one of no keys. */
  readonly #chunks: Key[][] = [[]];

  /** Adds a key that is not among them. */
  add(key: Key): void {
    const at = this.#chunkOf(key);
    const chunk = this.#chunk(at);
    chunk.splice(lowerBound(chunk, key), 0, key);
    if (chunk.length <= chunkKeysMax) return;
    // Keys that come in order leave full chunks behind; any others halve theirs.
    const split = chunk.at(-1) === key ? chunkKeysMax : chunkKeysMax / 2;
    this.#chunks.splice(at + 1, 0, chunk.splice(split));
  }

  /** Takes out a key that is among them. */
  delete(key: Key): void {
    const at = this.#chunkOf(key);
    const chunk = this.#chunk(at);
    chunk.splice(lowerBound(chunk, key), 1);
    if (chunk.length === 0 && this.#chunks.length > 1) this.#chunks.splice(at, 1);
  }

  /** The first `count` keys from `position` on, or all that there are. */
  from({ key, inclusive }: Position, count: number): Key[] {
    const keys: Key[] = [];
    let at = this.#chunkOf(key);
    let start = lowerBound(this.#chunk(at), key);
    if (!inclusive && this.#chunk(at)[start] === key) start += 1;
    for (; at < this.#chunks.length && keys.length < count; at += 1) {
      keys.push(...this.#chunk(at).slice(start, start + count - keys.length));
      start = 0;
    }
    return keys;
  }

  /** The index of the last chunk that begins at or before `key`; of the first if there is none. */
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      const first = this.#chunk(middle)[0];
      if (first !== undefined && compareBytes(first, key) <= 0) low = middle;
      else high = middle;
    }
    return low;
  }

  #chunk(at: number): Key[] {
    const chunk = this.#chunks[at];
    if (chunk === undefined) throw new RangeError(`Expected the index of a chunk, got ${at}`);
    return chunk;
  }
}

/** The index of the first key of `keys` at or after `key`. */
function lowerBound(keys: readonly Key[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const candidate = keys[middle];
    if (candidate !== undefined && compareBytes(candidate, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
