import { createRandom } from '../../stats/random.ts';
import { drawFor, isWide } from './history-plan.ts';

/** One request of the exercise's client. */
export type LoadRequest =
  | { readonly rpc: 'SetNum'; readonly key: string; readonly value: bigint }
  | { readonly rpc: 'Fact'; readonly key: string };

export type RpcName = LoadRequest['rpc'];

/** Which requests one thread sends. */
export interface Workload {
  /** a non-negative safe integer: the same seed, the same requests */
  readonly seed: number;
  /** number of the thread, from 0; each has a stream of its own */
  readonly thread: number;
  /** how many requests */
  readonly requests: number;
  /** how many possible keys */
  readonly keys: number;
  /** whether numbers are chosen for a server whose order has to be searched @default false */
  readonly isSearched?: boolean | undefined;
}

/** SetNum stores 1 .. 15. */
const valueMax = 15;

/** One of the possible keys: `key-0`, `key-1`, ... No thread holds a list of them: there may be a million. */
export function keyName(number: number): string {
  return `key-${number}`;
}

/** The list of possible keys. */
export function createKeys(count: number): readonly string[] {
  return Array.from({ length: count }, (_, number) => keyName(number));
}

/**
 * The requests of one thread, in the order in which it sends them: SetNum or Fact with equal chances, a key of the
 * list, and for SetNum a value of 1 .. 15, each equally likely.
 */
export function* generateRequests({
  seed,
  thread,
  requests,
  keys,
  isSearched = false,
}: Workload): Generator<LoadRequest> {
  if (keys < 1) throw new RangeError(`Expected at least one key, got ${keys}`);
  const random = createRandom(seed, thread);
  for (let sent = 0; sent < requests; sent++) {
    const isWrite = random.below(2) === 0;
    const drawn = random.below(keys);
    const number = isSearched && !isWrite && isWide(drawn) ? drawn - 1 : drawn;
    const key = keyName(number);
    if (!isWrite) yield { rpc: 'Fact', key };
    else {
      const value = isSearched ? drawFor(number, random.below) : BigInt(1 + random.below(valueMax));
      yield { rpc: 'SetNum', key, value };
    }
  }
}
