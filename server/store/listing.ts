import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Caller } from '../domain/caller.ts';
import { compareBytes } from './byte-order.ts';
import type { Entry, ListQuery } from './store.ts';

/** Read within a millisecond or so by every store, so that a listing never holds the event loop for long. */
const pageEntriesMax = 256;

/** Where a page begins: at the first key from `key` on, `key` itself included or not. */
export interface Position {
  readonly key: string;
  readonly inclusive: boolean;
}

/** Reads the first `count` entries from `from` on, all of one moment; fewer only at the end of the store. */
export type ReadPage = (from: Position, count: number) => Promise<readonly Entry[]>;

/** The pages that `query` asks for. Nothing is held between them: a slow reader costs the store nothing. */
export async function* listPages(
  query: ListQuery,
  caller: Caller,
  readPage: ReadPage,
): AsyncGenerator<readonly Entry[], void, void> {
  let from = firstPosition(query);
  let left = query.limit === 0n ? Number.POSITIVE_INFINITY : Number(query.limit);
  while (left > 0) {
    caller.signal.throwIfAborted();
    const count = Math.min(left, pageEntriesMax);
    const read = await readPage(from, count);
    const page = beginningWith(query.prefix, read);
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < count) return;
    from = { key: last.key, inclusive: false };
    left -= page.length;
    await nextTurn();
  }
}

function firstPosition({ prefix, startAfter }: ListQuery): Position {
  return startAfter === undefined || compareBytes(startAfter, prefix) < 0
    ? { key: prefix, inclusive: true }
    : { key: startAfter, inclusive: false };
}

/** The entries up to the first that does not begin with `prefix`: none behind it does. */
function beginningWith(prefix: string, entries: readonly Entry[]): readonly Entry[] {
  const end = entries.findIndex(({ key }) => !key.startsWith(prefix));
  return end === -1 ? entries : entries.slice(0, end);
}
