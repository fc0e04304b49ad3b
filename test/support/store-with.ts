import type { Store } from '../../server/store/store.ts';

/**
 * `store` with other methods in the place of some. The methods of a store belong to its class, so that a spread would
 * lose them without a word of the compiler.
 */
export function storeWith(store: Store, changes: Partial<Store>): Store {
  return {
    set: (key, value, caller) => store.set(key, value, caller),
    add: (key, delta, caller) => store.add(key, delta, caller),
    delete: (key, caller) => store.delete(key, caller),
    read: (key, then, caller) => store.read(key, then, caller),
    list: (query, caller) => store.list(query, caller),
    stats: (caller) => store.stats(caller),
    status: store.status,
    close: () => store.close(),
    ...changes,
  };
}
