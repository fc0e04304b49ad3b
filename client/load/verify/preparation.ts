import { NumStoreClientError, type NumStoreTypedClient } from '../../api/client.ts';
import { UsageError } from '../../cli/exit.ts';
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

/** The value of the very first write, and hence the total of an empty server after it. */
const firstValue = 1n;

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

/** What is set before the load. */
interface Prepared {
  readonly keys: readonly string[];
  readonly seed: number;
  readonly isFresh: boolean;
}

/**
 * Sets all keys, so that nothing that was there before has to be known but the sum of what is not ours.
 *
 * @throws UsageError when the server was used before, though it is said to be fresh
 */
export async function prepareKeys(
  client: NumStoreTypedClient,
  recorded: RecordedClient,
  { keys, seed, isFresh }: Prepared,
): Promise<Preparation> {
  const [first = ''] = keys;
  if (isFresh) await refuseUsed(client);
  const { tellsOrder, total: firstTotal } = await findOrder(client, recorded, first);
  if (isFresh && firstTotal !== firstValue) throw used(`its values add up to ${firstTotal - firstValue}`);
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
): Promise<{ readonly tellsOrder: boolean; readonly total: bigint }> {
  let hasRevision = false;
  const total = await recorded.setNum(key, firstValue, {
    onRevision: () => {
      hasRevision = true;
    },
  });
  const tellsOrder = hasRevision && (await ifExtended(client.getNum(key))) !== 'not extended';
  return { tellsOrder, total };
}

/** What a call of NumStoreExtended returns, if the server has it. */
async function ifExtended<T>(call: Promise<T>): Promise<T | 'not extended'> {
  try {
    return await call;
  } catch (error) {
    if (NumStoreClientError.from(error).code === 'UNIMPLEMENTED') return 'not extended';
    throw error;
  }
}

async function refuseUsed(client: NumStoreTypedClient): Promise<void> {
  const stats = await ifExtended(client.stats());
  if (stats === 'not extended') return;
  const { keys, revision, cacheMisses } = stats;
  if (keys > 0n || revision > 0n) throw used(`it has ${keys} keys after ${revision} writes`);
  if (cacheMisses > 0n) throw used(`it has computed ${cacheMisses} factorials`);
}

function used(sign: string): UsageError {
  return new UsageError([
    `--fresh: expected an unused server, got a used one (${sign}): start it anew, or leave out --fresh`,
  ]);
}
