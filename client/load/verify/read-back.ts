import { NumStoreClientError, type NumStoreTypedClient } from '../../api/client.ts';
import { printable } from '../../cli/printable.ts';
import type { FinalRead } from '../../linearizability/check.ts';
import type { HistoryRecorder, RecordedClient } from '../run/history-recorder.ts';
import { createNumbers } from './preparation.ts';

/** What a full read after the run found, or why there is none. */
export type ReadBack =
  | { readonly kind: 'read'; readonly finalRead: FinalRead }
  /** it is part of the history, and says nothing beyond that */
  | { readonly kind: 'considered' }
  | { readonly kind: 'unread'; readonly reason: string };

/** What a read goes through. */
export interface ReadBackParts {
  readonly client: NumStoreTypedClient;
  /** the same, recorded by `recorder` */
  readonly recorded: RecordedClient;
  readonly recorder: HistoryRecorder;
  readonly keys: ReadonlyMap<string, number>;
  readonly seed: number;
}

/** The keys of others are read, too: ten millions of them take a minute. */
const listDeadlineMs = 600_000;
/** Somebody else may write during the read: so often it is begun anew. */
const attemptsMax = 5;

/**
 * Reads everything that the server lists, ours and others', with nothing in flight. A write of ours comes first: its
 * total is the one that the list has to add up to, and its revision tells whether anybody wrote meanwhile.
 */
export async function readByListing(parts: ReadBackParts): Promise<ReadBack> {
  const { client, recorded, recorder, keys, seed } = parts;
  const [first = ''] = keys.keys();
  const numberFor = createNumbers(seed, 1, false);
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    let revision: bigint | undefined;
    const total = await recorded.setNum(first, numberFor(0), {
      onRevision: (told) => {
        revision = told;
      },
    });
    const start = recorder.now();
    const { sum, found } = await listAll(client, keys);
    const end = recorder.now();
    const stats = await client.stats();
    if (stats.revision !== revision) continue;
    for (const key of keys.values()) {
      const value = found.get(key);
      const seen = value === undefined ? {} : { value, found: true };
      recorder.history.add({ kind: 'getNum', key, start, end, outcome: 'ok', ...seen });
    }
    return { kind: 'read', finalRead: { total, values: [sum], foreign: 0n } };
  }
  return { kind: 'unread', reason: `somebody else wrote during each of ${attemptsMax} full reads` };
}

async function listAll(
  client: NumStoreTypedClient,
  keys: ReadonlyMap<string, number>,
): Promise<{ readonly sum: bigint; readonly found: ReadonlyMap<number, bigint> }> {
  const found = new Map<number, bigint>();
  let sum = 0n;
  for await (const { key, value } of client.listNums({ deadlineMs: listDeadlineMs })) {
    sum += value;
    const number = keys.get(key);
    if (number !== undefined) found.set(number, value);
  }
  return { sum, found };
}

/**
 * Where nothing can be read but factorials: sets each of our keys once more. Each total tells what the key held, and the
 * last one has to be the sum of what was set now and of what others hold.
 */
export async function readBySetting(
  { recorded, keys, seed }: Omit<ReadBackParts, 'client' | 'recorder'>,
  foreign: bigint,
): Promise<ReadBack> {
  const numberFor = createNumbers(seed, 1, true);
  const values: bigint[] = [];
  let total = 0n;
  for (const [key, number] of keys) {
    const value = numberFor(number);
    total = await recorded.setNum(key, value);
    values.push(value);
  }
  return { kind: 'read', finalRead: { total, values, foreign } };
}

/** A read that fails is no verdict; a fault of ours is thrown on. */
export async function orUnread(read: Promise<ReadBack>): Promise<ReadBack> {
  try {
    return await read;
  } catch (error) {
    if (!(error instanceof NumStoreClientError)) throw error;
    return {
      kind: 'unread',
      reason: `nothing could be read after the run: ${printable(error.message)} (${error.code})`,
    };
  }
}
