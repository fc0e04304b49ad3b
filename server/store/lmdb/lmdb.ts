import { resolve } from 'node:path';
import type { Caller } from '../../domain/caller.ts';
import { NumStoreError } from '../../domain/errors.ts';
import type { Key } from '../../domain/key.ts';
import type { Lock } from '../../domain/lock.ts';
import { type DirectoryLock, openDirectoryLock } from '../directory-lock.ts';
import { addToValue, unavailable } from '../ledger.ts';
import { listPages } from '../listing.ts';
import type {
  Added,
  Deleted,
  Entry,
  ListQuery,
  ReadSection,
  Store,
  StoreOptions,
  StoreStats,
  StoreStatus,
  Written,
} from '../store.ts';
import { hasRoom, holdsStore, makeStoreDirectory, syncToDisk } from './directory.ts';
import { type LmdbFile, openLmdbFile } from './file.ts';
import { toReadFault } from './format.ts';
import { GroupCommit } from './group-commit.ts';
import { rememberFiles } from './in-place.ts';
import { verifyLmdbStore } from './verify.ts';

export interface LmdbStoreOptions extends StoreOptions {
  /** Is made if its parent exists. */
  readonly directory: string;
  /** @default openLmdbFile */
  readonly openFile?: (directory: string) => Promise<LmdbFile>;
}

/**
 * A store on this machine's disk that one process at a time may open: a write is acknowledged only once it is on
 * disk. What is there is checked first, all of it; where nothing is, the log says so, since a volume that is not
 * mounted looks like an empty store.
 * @throws NumStoreError STORE_UNAVAILABLE (no parent, no permission, in use), STORE_CORRUPT
 */
export async function openLmdbStore(options: LmdbStoreOptions): Promise<Store> {
  const { directory, openFile = openLmdbFile, log } = options;
  await makeStoreDirectory(directory);
  const owner = await openDirectoryLock(directory);
  try {
    const isNew = !(await holdsStore(directory));
    if (isNew) {
      // lmdb ends the process with a signal if its first pages find no room.
      if (!(await hasRoom(directory))) throw unavailable(`There is no room for a store in ${directory}`);
    } else {
      const { keys, total, revision } = await verifyLmdbStore(directory, (progress) =>
        log?.info(progress, 'the store is being checked'),
      );
      log?.info({ keys, total: String(total), revision: String(revision) }, 'the store is sound');
    }
    const file = await openFile(directory);
    if (isNew) {
      await syncToDisk(directory);
      log?.warn({ directory: resolve(directory) }, 'a new store begins: the directory held none');
    }
    return new LmdbStore(options, file, owner);
  } catch (error) {
    await owner.close();
    throw toReadFault(error);
  }
}

/** Time between two looks at the files of a store without writes. */
const lookMs = 1000;

class LmdbStore implements Store {
  readonly #lock: Lock;
  readonly #file: LmdbFile;
  readonly #owner: DirectoryLock;
  readonly #commits: GroupCommit;
  readonly #looking: NodeJS.Timeout;
  #status: StoreStatus = 'serving';
  #isClosed = false;
  #closing: Promise<void> | undefined;

  constructor(
    { lock, keysMax = Number.POSITIVE_INFINITY, onStatus }: StoreOptions,
    file: LmdbFile,
    owner: DirectoryLock,
  ) {
    this.#lock = lock;
    this.#file = file;
    this.#owner = owner;
    this.#commits = new GroupCommit(file, keysMax, (cause) => {
      this.#status = 'failed';
      onStatus?.(this.#status, cause);
    });
    const assertOwned = rememberFiles([owner.path]);
    const look = (): void => void lock.run(() => this.#commits.check(assertOwned));
    this.#looking = setInterval(look, lookMs).unref();
  }

  get status(): StoreStatus {
    return this.#status;
  }

  set(key: Key, value: bigint, caller: Caller): Promise<Written> {
    return this.#write(caller, (commits) => {
      commits.put(key, commits.get(key), value);
      const { total, revision } = commits.ledger;
      return { total, revision };
    });
  }

  add(key: Key, delta: bigint, caller: Caller): Promise<Added> {
    return this.#write(caller, (commits) => {
      const before = commits.get(key);
      const value = addToValue(before, delta);
      commits.put(key, before, value);
      const { total, revision } = commits.ledger;
      return { value, total, revision };
    });
  }

  delete(key: Key, caller: Caller): Promise<Deleted> {
    return this.#write(caller, (commits) => {
      const before = commits.get(key);
      const deleted = before !== undefined;
      if (deleted) commits.put(key, before, undefined);
      const { total, revision } = commits.ledger;
      return { deleted, total, revision: deleted ? revision : undefined };
    });
  }

  read<T>(key: Key, then: ReadSection<T>, caller: Caller): Promise<T> {
    return this.#lock.run(() => {
      this.#assertOpen();
      return then(this.#file.get(key));
    }, caller.timing);
  }

  list(query: ListQuery, caller: Caller): AsyncIterable<readonly Entry[]> {
    return listPages(query, caller, (from, count) =>
      this.#lock.run(() => {
        this.#assertOpen();
        return this.#file.page(from, count);
      }),
    );
  }

  stats(): Promise<StoreStats> {
    return this.#lock.run(() => {
      this.#assertOpen();
      return this.#file.ledger();
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#looking);
    // In its turn: what was asked for before is served.
    await this.#lock.run(() => {
      this.#isClosed = true;
    });
    await this.#commits.drain();
    await this.#file.close();
    await this.#owner.close();
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new NumStoreError('STOPPING', 'The store is closed');
    if (this.#commits.fatal !== undefined) throw this.#commits.fatal;
  }

  /**
   * Decides a write inside the lock, on all writes before it, and waits outside until those are on disk: the
   * answer tells of them, be it a refusal.
   */
  async #write<T>({ timing }: Caller, decide: (commits: GroupCommit) => T): Promise<T> {
    const commits = this.#commits;
    const decided = await this.#lock.run(() => {
      this.#assertOpen();
      try {
        const answer = decide(commits);
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
  }
}
