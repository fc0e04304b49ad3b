import { createRandom, type Random } from '../random.ts';
import { createKeys } from '../workload.ts';
import { type GeneratedRpc, type GeneratorWorkload, rpcNames } from './plan.ts';
import { encodeRequest } from './wire.ts';
import { createKeyPicker } from './zipf.ts';

/** A request, ready to be sent. */
export interface PreparedRequest {
  readonly rpc: GeneratedRpc;
  readonly key: string;
  /** the message, encoded */
  readonly bytes: Uint8Array;
}

/** Equal requests are encoded once, as far as so many of them go. */
const preparedMax = 100_000;

/** The endless requests of one thread. */
export function createRequests(workload: GeneratorWorkload, thread: number): () => PreparedRequest {
  const random = createRandom(workload.seed, thread);
  const keys = createKeys(workload.keys);
  const pickRpc = createRpcPicker(workload.mix, random);
  const pickKey = createKeyPicker(workload.distribution, keys.length, random);
  const { valueMin, valueMax } = workload;
  const values = valueMax - valueMin + 1;
  const prepared = new Map<number, PreparedRequest>();
  return () => {
    const rpc = pickRpc();
    const keyIndex = pickKey();
    const offset = rpc === 'SetNum' || rpc === 'AddNum' ? random.below(values) : 0;
    const id = (keyIndex * values + offset) * rpcNames.length + rpcNames.indexOf(rpc);
    const known = prepared.get(id);
    if (known !== undefined) return known;
    const key = keys[keyIndex] ?? '';
    const request = { rpc, key, bytes: encodeRequest(rpc, key, BigInt(valueMin + offset)) };
    if (prepared.size < preparedMax) prepared.set(id, request);
    return request;
  };
}

function createRpcPicker(mix: GeneratorWorkload['mix'], random: Random): () => GeneratedRpc {
  const shares = rpcNames.flatMap((rpc) => Array.from({ length: mix[rpc] ?? 0 }, () => rpc));
  return () => {
    const rpc = shares[random.below(shares.length)];
    if (rpc === undefined) throw new RangeError('Expected at least one RPC in the mix');
    return rpc;
  };
}
