import type { Held, Operation } from '../operation.ts';
import type { Effect } from './apply.ts';

/** What a step changed, so that it can be undone. */
export interface Undo {
  readonly key: number;
  readonly held: Held;
  readonly total: bigint | undefined;
}

/** The state that the operations explained so far have left, with a fingerprint of both. */
export interface Configuration {
  readonly total: bigint | undefined;
  held(key: number): Held;
  /** Brings about an effect, and counts the operation as explained. */
  step(index: number, operation: Operation, effect: Effect): Undo;
  undo(index: number, undo: Undo): void;
  /** the same for two configurations with the same operations explained and the same state; else different */
  fingerprint(): string;
}

/**
 * Fingerprints are Zobrist hashes (A. Zobrist, 1970): the exclusive or of a random number for each operation explained
 * and for each value held, so that a step costs the same whatever the number of keys. They have 128 bits: that two
 * configurations of one search share one by chance will not be seen.
 */
export function createConfiguration(beginning: Held, total: bigint | undefined): Configuration {
  const values = new Map<number, Held>();
  const codes = new Map<string, number>();
  const words = new Uint32Array(4);
  let current = total;
  const toggle = (code: number): void => {
    for (let word = 0; word < 4; word++) words[word] = (words[word] ?? 0) ^ mix(4 * code + word);
  };
  const codeOf = (text: string): number => {
    // even codes are values, odd ones operations
    const code = codes.get(text) ?? 2 * codes.size;
    codes.set(text, code);
    return code;
  };
  const heldBy = (key: number): Held => values.get(key) ?? beginning;
  const put = (key: number, held: Held): void => {
    toggle(codeOf(`${key} ${heldBy(key)}`));
    toggle(codeOf(`${key} ${held}`));
    values.set(key, held);
  };
  return {
    get total() {
      return current;
    },
    held: heldBy,
    step: (index, { key }, effect) => {
      const undo = { key, held: heldBy(key), total: current };
      toggle(2 * index + 1);
      put(key, effect.held);
      current = effect.total;
      return undo;
    },
    undo: (index, { key, held, total: before }) => {
      toggle(2 * index + 1);
      put(key, held);
      current = before;
    },
    fingerprint: () => `${words.join()},${current === undefined ? '' : 't'}`,
  };
}

/** 32 well mixed bits: the finaliser of MurmurHash3 (Austin Appleby, public domain), twice with different offsets. */
function mix(code: number): number {
  return finalise(finalise(code | 0) ^ 0x9e3779b9 ^ (code * 0x85ebca6b));
}

function finalise(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
