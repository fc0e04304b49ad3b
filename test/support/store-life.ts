import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseKey } from '../../server/domain/key.ts';
import type { Lock } from '../../server/domain/lock.ts';
import type { Store, StoreStats } from '../../server/store/store.ts';
import { patient } from './store-caller.ts';
import type { Subject } from './store-places.ts';

/** `busy`: others write to keys of their own all the time, always 0, so that the total stays. */
export const lifeStates = ['fresh', 'reopened', 'busy'] as const;
export type LifeState = (typeof lifeStates)[number];

/** Keys of the state, not of a test: behind all others in byte order, and their values sum to zero. */
const own = '\u{10ffff}own ';
const ownKeys = 40;

/** A store in a state of its life. */
export interface Living {
  readonly store: Store;
  /** What the state itself has brought about; the total is 0. */
  readonly base: StoreStats;
  /** Nobody but the test writes. */
  readonly isQuiet: boolean;
  /** Checks that the total is the sum of the entries, and takes out what a test has left. */
  clean(): Promise<void>;
  end(): Promise<void>;
}

export async function live(subject: Subject, state: LifeState, lock: Lock): Promise<Living> {
  const place = await subject.createPlace();
  let store = await place.open(lock);
  if (state !== 'fresh') await fill(store);
  if (state === 'reopened') {
    await store.close();
    store = await place.open(lock);
  }
  const base = await store.stats(patient);
  let isOver = false;
  const work = async (): Promise<void> => {
    while (!isOver) {
      // The memory store needs no turn of the event loop; whoever else runs here does.
      await nextTurn();
      for (let index = 0; index < ownKeys; index += 1) {
        await store.set(parseKey(`${own}${index}`), BigInt((index % 2) * 2 - 1), patient);
      }
    }
  };
  const working = state === 'busy' ? Promise.all([work(), work(), work()]) : Promise.resolve([]);

  const clean = async (): Promise<void> => {
    let sum = 0n;
    const left = [];
    for await (const page of store.list({ prefix: '', startAfter: undefined, limit: 0n }, patient)) {
      for (const { key, value } of page) {
        sum += value;
        if (!key.startsWith(own)) left.push(key);
      }
    }
    assert.equal((await store.stats(patient)).total, sum);
    // To 0 first: in whichever order they go, no total on the way leaves int64.
    for (const key of left) if ((await value(store, key)) < 0n) await store.set(key, 0n, patient);
    for (const key of left) await store.delete(key, patient);
  };

  return {
    store,
    base,
    isQuiet: state !== 'busy',
    clean,
    async end() {
      isOver = true;
      await working;
      await store.close();
      await place.remove();
    },
  };
}

async function fill(store: Store): Promise<void> {
  for (let index = 0; index < ownKeys; index += 1) {
    await store.set(parseKey(`${own}${index}`), BigInt((index % 2) * 2 - 1), patient);
  }
}

async function value(store: Store, text: string): Promise<bigint> {
  return (await store.read(parseKey(text), (found) => found, patient)) ?? 0n;
}
