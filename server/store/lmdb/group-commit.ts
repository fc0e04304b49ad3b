import { constants } from 'node:os';
import { NumStoreError } from '../../domain/errors.ts';
import type { Key } from '../../domain/key.ts';
import { type Ledger, nextLedger } from '../ledger.ts';
import type { LmdbFile } from './file.ts';

/** Writes that reach the disk together, or not at all. */
class Batch {
  readonly changes = new Map<Key, bigint | undefined>();
  /** Resolves when it is on disk. */
  readonly durable: Promise<void>;
  settle: () => void = () => undefined;
  fail: (fault: NumStoreError) => void = () => undefined;

  constructor() {
    this.durable = new Promise((resolve, reject) => {
      this.settle = resolve;
      this.fail = reject;
    });
    // Each caller sees a rejection for itself; where nobody waits, nobody needs it.
    this.durable.catch(() => undefined);
  }
}

/**
 * The one writer of a file. While one batch is on its way to the disk, the next one gathers; both lie over what is
 * committed, so that each write is decided on the outcome of all writes before it. If a batch fails, so does the
 * one behind it, which was decided on it, and the state is again what is committed.
 *
 * `get`, `ledger`, `put` and `durable` belong inside the lock; the disk is waited for outside.
 */
export class GroupCommit {
  readonly #file: LmdbFile;
  readonly #keysMax: number;
  readonly #onFatal: (cause: unknown) => void;
  #committed: Ledger;
  #latest: Ledger;
  #committing: Batch | undefined;
  #gathering: Batch | undefined;
  #fatal: NumStoreError | undefined;
  #isRunning = false;
  #idle: Promise<void> = Promise.resolve();

  /**
   * @param keysMax keys that the store may hold
   * @param onFatal called once, when a commit failed in a way that leaves unknown what is on disk
   */
  constructor(file: LmdbFile, keysMax: number, onFatal: (cause: unknown) => void) {
    this.#file = file;
    this.#keysMax = keysMax;
    this.#onFatal = onFatal;
    this.#committed = file.ledger();
    this.#latest = this.#committed;
  }

  /** The value as of the last write, durable or not. */
  get(key: Key): bigint | undefined {
    for (const batch of [this.#gathering, this.#committing]) {
      if (batch?.changes.has(key)) return batch.changes.get(key);
    }
    return this.#file.get(key);
  }

  /** As of the last write, durable or not. */
  get ledger(): Ledger {
    return this.#latest;
  }

  /** Resolves when every write so far is on disk; `undefined` if all of them are. */
  get durable(): Promise<void> | undefined {
    return (this.#gathering ?? this.#committing)?.durable;
  }

  /** Set after a fatal fault: nothing more can be written. */
  get fatal(): NumStoreError | undefined {
    return this.#fatal;
  }

  /**
   * Takes one change into the batch that gathers.
   * @throws NumStoreError OVERFLOW or STORE_FULL, with nothing changed
   */
  put(key: Key, before: bigint | undefined, after: bigint | undefined): void {
    this.#latest = nextLedger(this.#latest, before, after, this.#keysMax);
    this.#gathering ??= new Batch();
    this.#gathering.changes.set(key, after);
    if (!this.#isRunning) this.#idle = this.#commitAll();
  }

  /**
   * Stops the store if its files are not those that were opened, or `assertOwned` throws. It is called from time to
   * time, since a store may be written to once in an hour.
   */
  check(assertOwned: () => void): void {
    // A commit looks for itself, and what it has written so far is not what is committed.
    if (this.#committing !== undefined || this.#fatal !== undefined) return;
    try {
      assertOwned();
      this.#file.assertInPlace(this.#committed);
    } catch (cause) {
      this.#stop(cause);
    }
  }

  /** Resolves when nothing is under way; new writes must have been stopped before. */
  async drain(): Promise<void> {
    await this.#idle;
  }

  async #commitAll(): Promise<void> {
    this.#isRunning = true;
    // Calls of the same turn of the event loop, and those who write again as soon as they are answered, join.
    for (await nextTurn(); this.#gathering !== undefined; await nextTurn()) {
      const batch = this.#gathering;
      const ledger = this.#latest;
      this.#gathering = undefined;
      this.#committing = batch;
      let isBegun = false;
      try {
        this.#file.assertInPlace(this.#committed);
        isBegun = true;
        await this.#file.commit(batch.changes, ledger);
        this.#committed = ledger;
        this.#committing = undefined;
        batch.settle();
      } catch (error) {
        this.#fail(batch, isBegun, error);
      }
    }
    this.#isRunning = false;
  }

  #fail(batch: Batch, isBegun: boolean, cause: unknown): void {
    const behind = this.#gathering;
    this.#gathering = undefined;
    this.#committing = undefined;
    this.#latest = this.#committed;
    if (this.#isHarmless(cause)) {
      const full = new NumStoreError(
        'STORE_FULL',
        'The disk of the store is full; nothing was changed. Make room or delete keys',
        { cause },
      );
      batch.fail(full);
      behind?.fail(full);
      return;
    }
    const fatal = this.#stop(cause);
    const message = 'Writing to disk failed: the write may have been applied';
    batch.fail(isBegun ? new NumStoreError('OUTCOME_UNKNOWN', message, { cause }) : fatal);
    behind?.fail(fatal);
  }

  /** Nothing more is written or read. @returns what callers are told from now on */
  #stop(cause: unknown): NumStoreError {
    if (this.#fatal !== undefined) return this.#fatal;
    const message =
      cause instanceof NumStoreError
        ? `The store has stopped: ${cause.message}`
        : 'The store has stopped after a failed write; nothing was changed. Look into the log and restart the server';
    this.#fatal = new NumStoreError('STORE_UNAVAILABLE', message, { cause });
    this.#onFatal(cause);
    return this.#fatal;
  }

  /** Whether the disk was only full, and the file proves that nothing of the batch is in it. */
  #isHarmless(cause: unknown): boolean {
    if (!(cause instanceof Error) || !('code' in cause) || !isDiskFull(cause.code)) return false;
    try {
      return this.#file.ledger().revision === this.#committed.revision;
    } catch {
      return false;
    }
  }
}

/** lmdb's codes are the numbers of the operating system. */
function isDiskFull(code: unknown): boolean {
  return code === constants.errno.ENOSPC || code === constants.errno.EDQUOT;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
