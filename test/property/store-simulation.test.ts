import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { parseKey } from '../../server/domain/key.ts';
import type { Written } from '../../server/store/store.ts';
import { type RedisServer, skipRedis, startRedis } from '../support/redis.ts';
import { count } from '../support/scale.ts';
import { ask, emptyModel, isSame, type Model, type Operation, step } from '../support/store-model.ts';
import { lmdbSubject, memorySubject, redisSubject, type Subject } from '../support/store-places.ts';
import { simulate } from '../support/store-simulation.ts';
import { storeWith } from '../support/store-with.ts';

const callCount = count(10_000, 100_000);
const clientCount = 64;
const runCount = count(30, 300);
const seed = Number(process.env['NUMSTORE_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

const operation: fc.Arbitrary<Operation> = fc.record({
  kind: fc.constantFrom('set', 'set', 'add', 'delete', 'get', 'stats'),
  key: fc.constantFrom('', 'a', 'b', 'é').map(parseKey),
  number: fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, -1n, 0n, 1n),
  ),
});

function properties(subject: Subject): void {
  it(`store ${subject.name}: any calls, one after the other, answer what the model answers`, async () => {
    const isLikeModel = fc.asyncProperty(fc.array(operation, { maxLength: 40 }), async (operations) => {
      const place = await subject.createPlace();
      const store = await place.open();
      try {
        let model: Model = emptyModel;
        for (const next of operations) {
          const expected = step(model, next);
          const answer = await ask(store, next);
          assert.ok(isSame(answer, expected.answer), `${next.kind}: ${String(answer.total)}`);
          model = expected.model;
        }
      } finally {
        await store.close();
        await place.remove();
      }
    });
    await fc.assert(isLikeModel, { numRuns: runCount, seed });
  });

  it(`store ${subject.name}: simulate_${callCount}op_${clientCount}p`, async (t) => {
    t.diagnostic(`seed ${seed} (NUMSTORE_TEST_SEED)`);
    const place = await subject.createPlace();
    const store = await place.open();
    await simulate(store, callCount, clientCount, seed);
    await store.close();
    await place.remove();
  });
}

it('the simulation itself: a store that is wrong once in a thousand writes is found out', async () => {
  for (const wrong of [
    ({ total, revision }: Written) => ({ total: total + 1n, revision }),
    ({ total, revision }: Written) => ({ total, revision: revision + 1n }),
  ]) {
    const place = await memorySubject.createPlace();
    const store = await place.open();
    let writes = 0;
    const faulty = storeWith(store, {
      async set(key, value, caller) {
        const written = await store.set(key, value, caller);
        writes += 1;
        return writes % 1000 === 0 ? wrong(written) : written;
      },
    });
    await assert.rejects(simulate(faulty, 10_000, clientCount, seed), { code: 'ERR_ASSERTION' });
    await store.close();
  }
});

properties(memorySubject);
properties(lmdbSubject);

describe('on a redis-server,', { skip: skipRedis }, () => {
  let server: RedisServer;
  before(async () => {
    // Durability is not in question here, and without it there is time for more calls.
    server = await startRedis({ appendfsync: 'no' });
  });
  after(() => server.remove());

  properties(redisSubject(() => server));
});
