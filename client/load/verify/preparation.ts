import { NumStoreClientError, type NumStoreTypedClient } from '../../api/client.ts';
import { createRandom } from '../../stats/random.ts';
import { drawFor } from '../run/history-plan.ts';
import type { RecordedClient } from '../run/history-recorder.ts';

/** What is known of the server and its keys before the load begins. */
export interface Preparation {
  /** whether the server tells the order of its writes, and lists its entries */
  readonly tellsOrder: boolean;
  /** what the keys of others add up to */
  readonly foreign: bigint;
}

/** Streams of random numbers that no thread has. */
const firstStream = 2 ** 40;

/** As the exercise's: 1 .. 15. */
const valueMax = 15;

/** So many keys are set at once, where a search has not to find out in which order. */
const setsAtOnce = 64;

/**
 * The numbers that the verification writes: those of the load, or ones that tell answers apart.
 *
 * @param occasion 0 before the load, 1 after it
 */
export function createNumbers(seed: number, occasion: number, isSearched: boolean): (key: number) => bigint {
  const random = createRandom(seed, firstStream + occasion);
  return (key) => (isSearched ? drawFor(key, random.below) : BigInt(1 + random.below(valueMax)));
}

/** Sets all keys, so that nothing that was there before has to be known but the sum of what is not ours. */
export async function prepareKeys(
  client: NumStoreTypedClient,
  recorded: RecordedClient,
  { keys, seed }: { readonly keys: readonly string[]; readonly seed: number },
): Promise<Preparation> {
  const [first = ''] = keys;
  const tellsOrder = await findOrder(client, recorded, first);
  const numberFor = createNumbers(seed, 0, !tellsOrder);
  const values = keys.map((_, number) => numberFor(number));
  let total = await recorded.setNum(first, values[0] ?? 0n);
  const step = tellsOrder ? setsAtOnce : 1;
  for (let from = 1; from < keys.length; from += step) {
    const batch = keys.slice(from, from + step);
    const totals = await Promise.all(
      batch.map((key, index) => recorded.setNum(key, values[from + index] ?? 0n)),
    );
    total = totals.at(-1) ?? total;
  }
  return { tellsOrder, foreign: values.reduce((rest, value) => rest - value, total) };
}

/** A first write shows whether its revision is told; entries are read by calls that a server of the exercise has not. */
async function findOrder(
  client: NumStoreTypedClient,
  recorded: RecordedClient,
  key: string,
): Promise<boolean> {
  let hasRevision = false;
  await recorded.setNum(key, 1n, {
    onRevision: () => {
      hasRevision = true;
    },
  });
  return hasRevision && (await isExtended(client, key));
}

async function isExtended(client: NumStoreTypedClient, key: string): Promise<boolean> {
  try {
    await client.getNum(key);
    return true;
  } catch (error) {
    if (NumStoreClientError.from(error).code === 'UNIMPLEMENTED') return false;
    throw error;
  }
}
