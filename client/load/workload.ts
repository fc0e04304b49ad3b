import { createRandom } from './random.ts';

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
}

/** SetNum stores 1 .. 15. */
const valueMax = 15;

/** The list of possible keys: `key-0`, `key-1`, ... */
export function createKeys(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `key-${index}`);
}

/**
 * The requests of one thread, in the order in which it sends them: SetNum or Fact with equal chances, a key of the
 * list, and for SetNum a value of 1 .. 15, each equally likely.
 */
export function* generateRequests({ seed, thread, requests, keys }: Workload): Generator<LoadRequest> {
  const random = createRandom(seed, thread);
  const list = createKeys(keys);
  for (let sent = 0; sent < requests; sent++) {
    const isWrite = random.below(2) === 0;
    const key = list[random.below(list.length)];
    if (key === undefined) throw new RangeError('Expected at least one key, got none');
    yield isWrite ? { rpc: 'SetNum', key, value: BigInt(1 + random.below(valueMax)) } : { rpc: 'Fact', key };
  }
}
