import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCacheRule } from '../../../../client/linearizability/cache-rule.ts';
import { simulate } from '../../../support/linearizability/simulate.ts';
import { count } from '../../../support/scale.ts';

const runs = count(600, 10_000);

/** An LRU is what the exercise asks for; the others are right, too. */
for (const [policy, share] of [
  ['lru', 1],
  ['fifo', 0.1],
  ['random', 0.1],
] as const) {
  test(`cache rule: a correct cache of 10 (${policy}) is never accused in ${runs * share} simulated runs`, () => {
    const seedOfRun = Date.now();
    for (let run = 0; run < runs * share; run++) {
      const plan = {
        seed: seedOfRun + run,
        clients: 1 + (run % 12),
        operations: 200,
        keys: 60,
        calls: 'exercise',
        cache: { size: 10, policy },
      } as const;
      const verdict = checkCacheRule(simulate(plan).history, { isFresh: true });
      assert.deepEqual(verdict, { kind: 'valid' }, JSON.stringify(plan));
    }
  });
}

test('cache rule: a cache without a bound is found when its hits are many', () => {
  for (let seed = 0; seed < 10; seed++) {
    const plan = { seed, clients: 4, operations: 2000, keys: 60, calls: 'exercise' } as const;
    const { history } = simulate({ ...plan, cache: { size: 1000, policy: 'lru' } });
    assert.equal(checkCacheRule(history).kind, 'invalid', `seed ${seed}`);
  }
});
