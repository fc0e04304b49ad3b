import { createRandom, type Random } from '../../stats/random.ts';
import { drawFor, isWide } from './history-plan.ts';
import { encodeRequest } from './messages.ts';
import { type KeyDistribution, keyName, type RpcName, rpcNames, type Workload } from './plan.ts';

/** A request, ready to be sent. */
export interface PreparedRequest {
  readonly rpc: RpcName;
  readonly key: string;
  /** where the key stands in the list of all */
  readonly keyNumber: number;
  /** what SetNum stores or AddNum adds; of no meaning elsewhere */
  readonly value: bigint;
  /** the message, encoded */
  readonly bytes: Uint8Array;
}

/** Equal requests are encoded once, as far as so many of them go. */
const preparedMax = 100_000;

/** The endless requests of one thread. */
export function createRequests(workload: Workload, thread: number): () => PreparedRequest {
  const random = createRandom(workload.seed, thread);
  const pickRpc = createRpcPicker(workload.mix, random);
  const pickKey = createKeyPicker(workload.distribution, workload.keys, random);
  const { valueMin, valueMax } = workload;
  const values = valueMax - valueMin + 1;
  const prepared = new Map<number, PreparedRequest>();
  return () => {
    const rpc = pickRpc();
    const keyNumber = pickKey();
    const offset = hasValue(rpc) ? random.below(values) : 0;
    const id = (keyNumber * values + offset) * rpcNames.length + rpcNames.indexOf(rpc);
    const known = prepared.get(id);
    if (known !== undefined) return known;
    const request = prepare(rpc, keyNumber, BigInt(valueMin + offset));
    if (prepared.size < preparedMax) prepared.set(id, request);
    return request;
  };
}

/** The same for a server whose order has to be searched: with numbers that tell answers apart. */
export function createSearchedRequests(workload: Workload, thread: number): () => PreparedRequest {
  const random = createRandom(workload.seed, thread);
  const pickRpc = createRpcPicker(workload.mix, random);
  const pickKey = createKeyPicker(workload.distribution, workload.keys, random);
  return () => {
    const rpc = pickRpc();
    const drawn = pickKey();
    const keyNumber = rpc === 'Fact' && isWide(drawn) ? drawn - 1 : drawn;
    return prepare(rpc, keyNumber, hasValue(rpc) ? drawFor(keyNumber, random.below) : 0n);
  };
}

function hasValue(rpc: RpcName): boolean {
  return rpc === 'SetNum' || rpc === 'AddNum';
}

function prepare(rpc: RpcName, keyNumber: number, value: bigint): PreparedRequest {
  const key = keyName(keyNumber);
  return { rpc, key, keyNumber, value, bytes: encodeRequest(rpc, key, value) };
}

function createRpcPicker(mix: Workload['mix'], random: Random): () => RpcName {
  const shares = rpcNames.flatMap((rpc) => Array.from({ length: mix[rpc] ?? 0 }, () => rpc));
  return () => {
    const rpc = shares[random.below(shares.length)];
    if (rpc === undefined) throw new RangeError('Expected at least one RPC in the mix');
    return rpc;
  };
}

/** The exponent of YCSB (Cooper et al., "Benchmarking Cloud Serving Systems with YCSB", 2010): few keys, most calls. */
const exponent = 0.99;
/** As fine as one draw can be. */
const resolution = 2 ** 32;

/** Draws the index of a key, 0 .. count - 1; with zipf, small ones come most often. */
function createKeyPicker(distribution: KeyDistribution, count: number, random: Random): () => number {
  if (distribution === 'uniform') return () => random.below(count);
  const cumulated = cumulate(count);
  const all = cumulated.at(-1) ?? 0;
  return () => firstAbove(cumulated, (random.below(resolution) / resolution) * all);
}

/** The sums of the weights up to each key: exact, and at most a million keys fit easily. */
function cumulate(count: number): Float64Array {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let index = 0; index < count; index++) {
    sum += (index + 1) ** -exponent;
    sums[index] = sum;
  }
  return sums;
}

/** The first index whose sum is above `target`, by bisection. */
function firstAbove(sums: Float64Array, target: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sums[middle] ?? 0) > target) high = middle;
    else low = middle + 1;
  }
  return low;
}
