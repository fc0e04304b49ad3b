import type {
  FactExactChunk,
  FactExactRequest,
  FactRequest,
  FactResponse,
  SetNumRequest,
  SetNumResponse,
} from '../generated/numstore.ts';
import type { StreamHandler, UnaryHandler } from './call.ts';
import { NumStoreError } from './errors.ts';
import { bytesToBigInt } from './factorial/bytes.ts';
import { parseKey } from './key.ts';
import type { FactOutcome } from './outcome.ts';
import { factMax, type Service } from './service.ts';

/** Large enough that the cost of a message does not show, small enough that copying it holds up nobody. */
const chunkBytesMax = 64 * 1024;

/** The calls of `service NumStore` and `service NumStoreExtended`: messages in, messages out, no logic. */
export interface Handlers {
  readonly setNum: UnaryHandler<SetNumRequest, SetNumResponse>;
  readonly fact: UnaryHandler<FactRequest, FactResponse>;
  readonly factExact: StreamHandler<FactExactRequest, FactExactChunk>;
}

/** Between the wire's messages and the domain; a handler rejects with a NumStoreError. */
export function createHandlers(service: Service): Handlers {
  return {
    setNum: async ({ key, value }, call) => ({ total: await service.setNum(parseKey(key), value, call) }),
    fact: async ({ key }, call) => toFactResponse(await service.fact(parseKey(key), call)),
    async *factExact({ key }, call) {
      const outcome = await service.factExact(parseKey(key), call);
      try {
        yield* toChunks(outcome);
      } finally {
        await service.release(outcome);
      }
    },
  };
}

function toFactResponse(outcome: FactOutcome): FactResponse {
  switch (outcome.kind) {
    case 'found':
      return { value: bytesToBigInt(outcome.result.bytes), hit: outcome.cache === 'hit', error: '' };
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

function failed(error: string): FactResponse {
  return { value: 0n, hit: false, error };
}

/** The messages of FactExact, each copied when it is its turn: the result as a whole is never touched here. */
function* toChunks(outcome: FactOutcome): Generator<FactExactChunk> {
  switch (outcome.kind) {
    case 'found': {
      const { n, bytes, sha256 } = outcome.result;
      for (let start = 0; start < bytes.length; start += chunkBytesMax) {
        const isFirst = start === 0;
        const isLast = start + chunkBytesMax >= bytes.length;
        yield {
          chunk: Buffer.copyBytesFrom(bytes, start, chunkBytesMax),
          hit: isFirst && outcome.cache === 'hit',
          n: isFirst ? BigInt(n) : 0n,
          byteLength: isFirst ? BigInt(bytes.length) : 0n,
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
