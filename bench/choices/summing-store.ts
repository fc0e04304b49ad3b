import type { Key } from '../../server/domain/key.ts';
import type { Lock } from '../../server/domain/lock.ts';
import type { Store } from '../../server/store/store.ts';
import { storeWith } from '../../test/support/store-with.ts';

/**
 * The mistake of the sum: each SetNum walks over all values for the total that it returns. The
 * other writes leave the walk's values alone, so that only SetNum may write.
 * @param values what `store` holds
 */
export function createSummingStore(store: Store, lock: Lock, values: Map<Key, bigint>): Store {
  const sum = (): bigint => {
    let total = 0n;
    for (const value of values.values()) total += value;
    return total;
  };
  return storeWith(store, {
    async set(key, value, caller) {
      const written = store.set(key, value, caller);
      // Sections run in the order in which they are asked for, so that nothing comes between the
      // write and the walk.
      const total = lock.run(() => {
        values.set(key, value);
        return sum();
      });
      return { revision: (await written).revision, total: await total };
    },
  });
}
