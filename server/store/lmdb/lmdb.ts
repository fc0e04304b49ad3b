import type { Caller } from '../../domain/caller.ts';
import { NumStoreError } from '../../domain/errors.ts';
import { openDirectoryLock } from '../directory-lock.ts';
import { addToValue } from '../ledger.ts';
import { listPages } from '../listing.ts';
import type { Store, StoreOptions, StoreStatus } from '../store.ts';
import { assertStoreDirectory } from './directory.ts';
import { holdsStore, type LmdbFile, openLmdbFile } from './file.ts';
import { toReadFault } from './format.ts';
import { GroupCommit } from './group-commit.ts';
import { verifyLmdbStore } from './verify.ts';

export interface LmdbStoreOptions extends StoreOptions {
  /** Exists already: a store never makes one, for a volume that is not mounted must not look like an empty store. */
  readonly directory: string;
  /** @default openLmdbFile */
  readonly openFile?: (directory: string) => Promise<LmdbFile>;
}

/**
 * A store on this machine's disk that one process at a time may open: a write is acknowledged only once it is on
 * disk. What is there is checked first, all of it.
 * @throws NumStoreError STORE_UNAVAILABLE (missing, no permission, in use), STORE_CORRUPT
 */
export async function openLmdbStore(options: LmdbStoreOptions): Promise<Store> {
  const { directory, openFile = openLmdbFile } = options;
  await assertStoreDirectory(directory);
  const owner = await openDirectoryLock(directory);
  try {
    if (await holdsStore(directory)) await verifyLmdbStore(directory);
    const file = await openFile(directory);
    return createLmdbStore(options, file, () => owner.close());
  } catch (error) {
    await owner.close();
    throw toReadFault(error);
  }
}

function createLmdbStore(
  { lock, keysMax = Number.POSITIVE_INFINITY, onStatus }: StoreOptions,
  file: LmdbFile,
  release: () => Promise<void>,
): Store {
  let status: StoreStatus = 'serving';
  let isClosed = false;
  let closing: Promise<void> | undefined;
  const commits = new GroupCommit(file, keysMax, (cause) => {
    status = 'failed';
    onStatus?.(status, cause);
  });

  const assertOpen = (): void => {
    if (isClosed) throw new NumStoreError('STOPPING', 'The store is closed');
    if (commits.fatal !== undefined) throw commits.fatal;
  };

  /**
   * Decides a write inside the lock, on all writes before it, and waits outside until those are on disk: the
   * answer tells of them, be it a refusal.
   */
  const write = async <T>({ timing }: Caller, decide: () => T): Promise<T> => {
    const decided = await lock.run(() => {
      assertOpen();
      try {
        const answer = decide();
        return { take: () => answer, durable: commits.durable };
      } catch (error) {
        const refuse = (): never => {
          throw error;
        };
        return { take: refuse, durable: commits.durable };
      }
    }, timing);
    await decided.durable;
    return decided.take();
  };

  const close = async (): Promise<void> => {
    // In its turn: what was asked for before is served.
    await lock.run(() => {
      isClosed = true;
    });
    await commits.drain();
    await file.close();
    await release();
  };

  return {
    set: (key, value, caller) =>
      write(caller, () => {
        commits.put(key, commits.get(key), value);
        const { total, revision } = commits.ledger;
        return { total, revision };
      }),

    add: (key, delta, caller) =>
      write(caller, () => {
        const before = commits.get(key);
        const value = addToValue(before, delta);
        commits.put(key, before, value);
        const { total, revision } = commits.ledger;
        return { value, total, revision };
      }),

    delete: (key, caller) =>
      write(caller, () => {
        const before = commits.get(key);
        const deleted = before !== undefined;
        if (deleted) commits.put(key, before, undefined);
        const { total, revision } = commits.ledger;
        return { deleted, total, revision: deleted ? revision : undefined };
      }),

    read: (key, then, caller) =>
      lock.run(() => {
        assertOpen();
        return then(file.get(key));
      }, caller.timing),

    list: (query, caller) =>
      listPages(query, caller, (from, count) =>
        lock.run(() => {
          assertOpen();
          return file.page(from, count);
        }),
      ),

    stats: () =>
      lock.run(() => {
        assertOpen();
        return file.ledger();
      }),

    get status() {
      return status;
    },

    close() {
      closing ??= close();
      return closing;
    },
  };
}
