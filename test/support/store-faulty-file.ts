import { type LmdbFile, openLmdbFile } from '../../server/store/lmdb/file.ts';

/** What becomes of one commit: it goes to the disk, or fails without reaching it. */
type Fate = { readonly kind: 'commit' } | { readonly kind: 'fail'; readonly error: Error };

/** A real file whose commits wait for their fate. */
export interface FaultyFile {
  open(directory: string): Promise<LmdbFile>;
  /** Commits that wait now. */
  readonly waiting: number;
  /** Decides the oldest that waits. */
  decide(fate: Fate): void;
  /** From now on every commit goes through. */
  release(): void;
}

export function createFaultyFile(): FaultyFile {
  const waiting: ((fate: Fate) => void)[] = [];
  let isReleased = false;
  return {
    async open(directory) {
      const file = await openLmdbFile(directory);
      return {
        ...file,
        async commit(changes, ledger) {
          if (!isReleased) {
            const fate = await new Promise<Fate>((resolve) => waiting.push(resolve));
            if (fate.kind === 'fail') throw fate.error;
          }
          await file.commit(changes, ledger);
        },
      };
    },
    get waiting() {
      return waiting.length;
    },
    decide(fate) {
      const oldest = waiting.shift();
      if (oldest === undefined) throw new Error('No commit waits');
      oldest(fate);
    },
    release() {
      isReleased = true;
      for (const resolve of waiting.splice(0)) resolve({ kind: 'commit' });
    },
  };
}
