import { performance } from 'node:perf_hooks';
import type {
  AddNumRequest,
  AddNumResponse,
  DeleteNumRequest,
  DeleteNumResponse,
  FactExactChunk,
  FactExactRequest,
  FactRequest,
  FactResponse,
  GetNumRequest,
  GetNumResponse,
  GetStatsRequest,
  ListNumsRequest,
  Num,
  SetNumRequest,
  SetNumResponse,
  Stats,
} from '../../generated/numstore.ts';
import { NumStoreError } from '../domain/errors.ts';
import { parseKey } from '../domain/key.ts';
import { bytesToBigInt } from '../factorial/bytes.ts';
import type { FactorialResult } from '../service/cache.ts';
import type { FactOutcome } from '../service/outcome.ts';
import { factMax, type Service, type ServiceStats } from '../service/service.ts';
import type { StoreName } from '../store/spec.ts';
import type { Call, StreamHandler, UnaryHandler } from './call.ts';

/** Longest chunk: large enough that the cost of a message does not show, small enough to hold up nobody. */
export const chunkBytesMax = 64 * 1024;

/** The calls of `service NumStore` and `service NumStoreExtended`: messages in, messages out, no logic. */
export interface Handlers {
  readonly setNum: UnaryHandler<SetNumRequest, SetNumResponse>;
  readonly fact: UnaryHandler<FactRequest, FactResponse>;
  readonly factExact: StreamHandler<FactExactRequest, FactExactChunk>;
  readonly getNum: UnaryHandler<GetNumRequest, GetNumResponse>;
  readonly addNum: UnaryHandler<AddNumRequest, AddNumResponse>;
  readonly deleteNum: UnaryHandler<DeleteNumRequest, DeleteNumResponse>;
  readonly listNums: StreamHandler<ListNumsRequest, Num>;
  readonly getStats: UnaryHandler<GetStatsRequest, Stats>;
}

/**
 * Between the wire's messages and the domain; a handler rejects with a NumStoreError.
 * @param storeName what GetStats calls the store
 */
export function createHandlers(service: Service, storeName: StoreName): Handlers {
  return {
    async setNum({ key, value }, call) {
      const { total, revision } = await service.setNum(parseKey(key), value, call);
      tellRevision(call, revision);
      return { total };
    },
    fact: async ({ key }, call) => toFactResponse(await service.fact(parseKey(key), call)),
    async *factExact({ key }, call) {
      const outcome = await service.factExact(parseKey(key), call);
      try {
        yield* toChunks(outcome);
      } finally {
        await service.release(outcome);
      }
    },
    async getNum({ key }, call) {
      const value = await service.getNum(parseKey(key), call);
      return { value: value ?? 0n, found: value !== undefined };
    },
    async addNum({ key, delta }, call) {
      const { value, total, revision } = await service.addNum(parseKey(key), delta, call);
      tellRevision(call, revision);
      return { value, total };
    },
    async deleteNum({ key }, call) {
      const { deleted, total, revision } = await service.deleteNum(parseKey(key), call);
      if (revision !== undefined) tellRevision(call, revision);
      return { deleted, total };
    },
    async *listNums({ prefix, startAfter, limit }, call) {
      if (limit < 0n)
        throw new NumStoreError('INVALID_REQUEST', `Expected a limit of 0 or more, got ${limit}`);
      const query = { prefix, startAfter: startAfter === '' ? undefined : startAfter, limit };
      for await (const page of service.listNums(query, call)) yield* page;
    },
    getStats: async (_request, call) => toStats(await service.stats(call), storeName),
  };
}

/** Tells a caller who asked for it which number its write has. */
function tellRevision(call: Call, revision: bigint): void {
  if (call.metadata('numstore-revision') === '1') call.setTrailer('numstore-revision', String(revision));
}

function toStats({ store, cache, facts, resultBytes, pool }: ServiceStats, storeName: StoreName): Stats {
  return {
    store: storeName,
    keys: BigInt(store.keys),
    total: store.total,
    revision: store.revision,
    cacheEntries: BigInt(cache.size),
    cacheBytes: BigInt(cache.bytes),
    cacheHits: BigInt(facts.hit),
    cacheMisses: BigInt(facts.miss),
    cacheJoined: BigInt(facts.joined),
    cacheEvictions: BigInt(cache.evictions),
    resultBytes: BigInt(resultBytes),
    workersReady: BigInt(pool.ready),
    workersRunning: BigInt(pool.running),
    queueLength: BigInt(pool.queued),
    workersLost: BigInt(pool.workersLost),
    engineFallbacks: BigInt(pool.fallbacks),
    uptimeMs: BigInt(Math.round(performance.now())),
  };
}

function toFactResponse(outcome: FactOutcome): FactResponse {
  switch (outcome.kind) {
    case 'found':
      return { value: numberOf(outcome.result), hit: outcome.cache === 'hit', error: '' };
    case 'missing':
      return failed('The key does not exist; set it with SetNum first');
    case 'negative':
      return failed(`The factorial of a negative number is not defined, and the value is ${outcome.value}`);
    case 'too-large':
      return failed(
        `The factorial of ${outcome.value} does not fit an int64, the largest that does is ${factMax}!; NumStoreExtended/FactExact answers it exactly`,
      );
  }
}

/** The numbers that results stand for: a kept one is answered again and again, and converted once. */
const values = new WeakMap<FactorialResult, bigint>();

function numberOf(result: FactorialResult): bigint {
  const known = values.get(result);
  if (known !== undefined) return known;
  const value = bytesToBigInt(result.bytes);
  values.set(result, value);
  return value;
}

function failed(error: string): FactResponse {
  return { value: 0n, hit: false, error };
}

/** The messages of FactExact. Their chunks are views: the transport copies each when it is its turn. */
function* toChunks(outcome: FactOutcome): Generator<FactExactChunk> {
  switch (outcome.kind) {
    case 'found': {
      const { n, bytes, sha256 } = outcome.result;
      const byteLength = bytes.length;
      for (let start = 0; start < byteLength; start += chunkBytesMax) {
        if (bytes.length !== byteLength) throw new Error(`${n}! was freed while it was read`);
        const view = bytes.subarray(start, start + chunkBytesMax);
        const isFirst = start === 0;
        const isLast = start + chunkBytesMax >= byteLength;
        yield {
          chunk: Buffer.from(view.buffer, view.byteOffset, view.length),
          hit: isFirst && outcome.cache === 'hit',
          n: isFirst ? BigInt(n) : 0n,
          byteLength: isFirst ? BigInt(byteLength) : 0n,
          sha256: isLast ? Buffer.from(sha256) : noBytes,
        };
      }
      return;
    }
    case 'missing':
      throw new NumStoreError('KEY_NOT_FOUND', 'The key does not exist; set it with SetNum first');
    case 'negative':
      throw new NumStoreError(
        'NEGATIVE_VALUE',
        `The factorial of a negative number is not defined, and the value is ${outcome.value}`,
      );
    case 'too-large':
      throw new NumStoreError(
        'TOO_LARGE',
        `The value is ${outcome.value}, and this server computes factorials up to ${outcome.nMax}! (--max-n)`,
      );
  }
}

const noBytes = Buffer.alloc(0);
