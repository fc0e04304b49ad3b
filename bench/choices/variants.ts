/** The services that lack one choice: the product's parts, one of them wrong. */

import { type Key, parseKey } from '../../server/domain/key.ts';
import type { Cache } from '../../server/service/cache.ts';
import type { InFlight } from '../../server/service/in-flight.ts';
import { createService, type Service } from '../../server/service/service.ts';
import type { Store } from '../../server/store/store.ts';
import { type BenchParts, createParts, openDefaultPool } from '../service-parts.ts';
import { createCacheByKey } from './cache-by-key.ts';
import { type ChoiceName, choiceOf } from './choices.ts';
import { createHeldLock, holdWhileComputing } from './held-lock.ts';
import { createMainThreadPool } from './main-thread-pool.ts';
import { createSummingStore } from './summing-store.ts';

const noCache: Cache = {
  get: () => undefined,
  set: () => {},
  nearestBelow: () => undefined,
  evictIdle: () => false,
  idleBytes: 0,
  size: 0,
  bytes: 0,
  evictions: 0,
  slots: () => [],
};

/** Computations under way that no later call finds. */
const noneInFlight: InFlight = { get: () => undefined, add: () => {}, remove: () => {}, size: 0 };

async function openDefaultParts(): Promise<BenchParts> {
  return createParts(await openDefaultPool());
}

/** @param keys entries to put into the store first */
type Compose = (keys: number) => Promise<BenchParts>;

const compositions: Readonly<Record<ChoiceName, Compose>> = {
  'as-it-is': openDefaultParts,
  'no-cache': async () => ({ ...(await openDefaultParts()), cache: noCache }),
  'cache-by-key': async () => {
    const parts = await openDefaultParts();
    return { ...parts, ...createCacheByKey(parts.store) };
  },
  'lock-held': async () => {
    const lock = createHeldLock();
    return createParts(holdWhileComputing(await openDefaultPool(), lock), lock);
  },
  'main-thread': async () => createParts(createMainThreadPool()),
  'no-single-flight': async () => ({ ...(await openDefaultParts()), inFlight: noneInFlight }),
  'one-worker': async () => createParts(await openDefaultPool({ workers: 1 })),
  'many-keys': async (keys) => {
    const parts = await openDefaultParts();
    await fill(parts.store, keys);
    return parts;
  },
  'summed-anew': async (keys) => {
    const parts = await openDefaultParts();
    const values = await fill(parts.store, keys);
    return { ...parts, store: createSummingStore(parts.store, parts.lock, values) };
  },
};

/** The value of each entry that is in a store from the start. */
export const filledValue = 1n;

async function fill(store: Store, keys: number): Promise<Map<Key, bigint>> {
  const caller = { signal: new AbortController().signal };
  const values = new Map<Key, bigint>();
  for (let index = 0; index < keys; index++) {
    const key = parseKey(`filled-${index}`);
    await store.set(key, filledValue, caller);
    values.set(key, filledValue);
  }
  return values;
}

/** A service that lacks one choice, with its parts. */
export interface Variant {
  readonly parts: BenchParts;
  readonly service: Service;
  close(): Promise<void>;
}

/**
 * @param keys entries in the store before the first call, as many as the choice says unless a test
 * takes fewer
 */
export async function openVariant(name: ChoiceName, keys: number = choiceOf(name).keys): Promise<Variant> {
  const parts = await compositions[name](keys);
  return {
    parts,
    service: createService(parts),
    close: async () => {
      await parts.pool.close();
      await parts.store.close();
    },
  };
}
