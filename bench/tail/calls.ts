/** The calls of the benchmark, the same bytes for every server. */
import {
  FactExactChunk,
  FactExactRequest,
  FactRequest,
  FactResponse,
  SetNumRequest,
  SetNumResponse,
} from '../../generated/numstore.ts';
import type { GrpcConnection } from './grpc.ts';

/** How a server is asked for a large factorial. */
export type BigCall = 'Fact' | 'FactExact';

/** A large factorial as the server answered it: how many bits it has, and whether it came from the cache. */
export interface BigAnswer {
  readonly bytes: number;
  readonly hit: boolean;
}

export async function setNum(grpc: GrpcConnection, key: string, value: bigint): Promise<bigint> {
  const request = SetNumRequest.encode({ key, value }).finish();
  const message = await grpc.call('/NumStore/SetNum', request);
  return SetNumResponse.decode(message).total;
}

export async function fact(grpc: GrpcConnection, key: string): Promise<FactResponse> {
  const message = await grpc.call('/NumStore/Fact', FactRequest.encode({ key }).finish());
  return FactResponse.decode(message);
}

/**
 * Asks for a factorial beyond int64. A peer has computed it when it finds that it cannot answer it, and proves that
 * by its size: "100000! has 1516705 bits".
 */
export async function bigFactorial(grpc: GrpcConnection, kind: BigCall, key: string): Promise<BigAnswer> {
  if (kind === 'Fact') {
    const { error, hit } = await fact(grpc, key);
    const [, bits] = /! has (\d+) bits$/.exec(error) ?? [];
    if (bits === undefined) throw new Error(`Expected the size of a factorial, got "${error}"`);
    return { bytes: Math.ceil(Number(bits) / 8), hit };
  }
  const first = await grpc.call('/NumStoreExtended/FactExact', FactExactRequest.encode({ key }).finish());
  const { hit, byteLength } = FactExactChunk.decode(first);
  return { bytes: Number(byteLength), hit };
}
