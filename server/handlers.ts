import type { FactRequest, FactResponse, SetNumRequest, SetNumResponse } from '../generated/numstore.ts';
import type { UnaryHandler } from './call.ts';
import { bytesToBigInt } from './factorial/bytes.ts';
import { parseKey } from './key.ts';
import type { FactOutcome } from './outcome.ts';
import type { Service } from './service.ts';

/** 21! does not fit an int64. */
const factMax = 20n;

/** The calls of `service NumStore`: messages in, messages out, no logic. */
export interface NumStoreHandlers {
  readonly setNum: UnaryHandler<SetNumRequest, SetNumResponse>;
  readonly fact: UnaryHandler<FactRequest, FactResponse>;
}

/** Between the wire's messages and the domain; a handler rejects with a NumStoreError. */
export function createHandlers(service: Service): NumStoreHandlers {
  return {
    setNum: async ({ key, value }, call) => ({ total: await service.setNum(parseKey(key), value, call) }),
    fact: async ({ key }, call) => toFactResponse(await service.fact(parseKey(key), factMax, call)),
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
        `The factorial of ${outcome.value} does not fit an int64; the largest that does is ${factMax}!`,
      );
  }
}

function failed(error: string): FactResponse {
  return { value: 0n, hit: false, error };
}
