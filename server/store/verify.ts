import type { Caller } from '../domain/caller.ts';
import { NumStoreError } from '../domain/errors.ts';
import { compareBytes } from './byte-order.ts';
import type { Store, StoreStats } from './store.ts';

/** Servers that write meanwhile make a reading void, and it begins again. */
const attemptsMax = 5;

/**
 * Reads every entry of a store, and compares number and sum of all with what the store says.
 * @returns one sentence about a store that is sound
 * @throws NumStoreError STORE_CORRUPT with what is wrong; STORE_UNAVAILABLE if it is written to all the time
 */
export async function verifyStore(store: Store, name: string, caller: Caller): Promise<string> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const before = await store.stats(caller);
    const found = await readAll(store, caller);
    const after = await store.stats(caller);
    if (after.revision !== before.revision) continue;
    const { keys, total, revision } = after;
    if (found.fault !== undefined) throw damaged(name, found.fault);
    if (found.keys !== keys) throw damaged(name, `it counts ${keys} keys and has ${found.keys}`);
    if (found.total !== total) throw damaged(name, `its total is ${total} and the sum ${found.total}`);
    return `${name} is sound: ${keys} keys, total ${total}, revision ${revision}`;
  }
  throw new NumStoreError('STORE_UNAVAILABLE', `${name} is being written to: stop its servers first`);
}

/** The fault is the first one; what was read together with writes has some, too. */
async function readAll(
  store: Store,
  caller: Caller,
): Promise<Pick<StoreStats, 'keys' | 'total'> & { readonly fault: string | undefined }> {
  let [keys, total] = [0, 0n];
  let last: string | undefined;
  let fault: string | undefined;
  for await (const page of store.list({ prefix: '', startAfter: undefined, limit: 0n }, caller)) {
    for (const { key, value } of page) {
      if (last !== undefined && compareBytes(last, key) >= 0) {
        fault ??= `the key ${JSON.stringify(key)} is out of order`;
      }
      last = key;
      keys += 1;
      total += value;
    }
  }
  return { keys, total, fault };
}

function damaged(name: string, what: string): NumStoreError {
  return new NumStoreError('STORE_CORRUPT', `${name} is damaged: ${what}`);
}
