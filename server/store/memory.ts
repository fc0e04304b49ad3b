import { NumStoreError } from '../errors.ts';
import type { Key } from '../key.ts';
import type { Lock } from '../lock.ts';
import type { Store } from './store.ts';
import { adjustTotal } from './total.ts';

/** A store in this process: fast, and empty after a restart. `lock` guards its values and its total. */
export function createMemoryStore(lock: Lock): Store {
  const values = new Map<Key, bigint>();
  let total = 0n;
  let closed = false;

  const assertOpen = (): void => {
    if (closed) throw new NumStoreError('STOPPING', 'The store is closed');
  };

  return {
    set: (key, value, caller) =>
      lock.run(() => {
        assertOpen();
        // The check comes before the write: an overflow leaves everything as it was.
        total = adjustTotal(total, values.get(key) ?? 0n, value);
        values.set(key, value);
        return total;
      }, caller.timing),

    read: (key, then, caller) =>
      lock.run(() => {
        assertOpen();
        return then(values.get(key));
      }, caller.timing),

    close: async () => {
      closed = true;
    },
  };
}
