import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NumStoreError } from '../../server/domain/errors.ts';
import { parseKey } from '../../server/domain/key.ts';
import { bytesToBigInt } from '../../server/factorial/bytes.ts';
import type { FactOutcome } from '../../server/service/outcome.ts';
import { draw } from '../support/random.ts';
import { count } from '../support/scale.ts';
import { openStack, patientCaller } from '../support/stack.ts';

const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;

/** The service as one would write it without threads, cache or lock. */
class Model {
  readonly #values = new Map<string, bigint>();

  /** The total after the write, or `undefined` if it is refused. */
  set(key: string, value: bigint): bigint | undefined {
    const before = this.#values.get(key);
    this.#values.set(key, value);
    const total = [...this.#values.values()].reduce((sum, each) => sum + each, 0n);
    if (total >= int64Min && total <= int64Max) return total;
    if (before === undefined) this.#values.delete(key);
    else this.#values.set(key, before);
    return undefined;
  }

  get(key: string): bigint | undefined {
    return this.#values.get(key);
  }
}

function checkFact(outcome: FactOutcome, value: bigint | undefined): void {
  if (value === undefined) assert.equal(outcome.kind, 'missing');
  else if (value < 0n) assert.equal(outcome.kind, 'negative');
  else if (value > 20n) assert.equal(outcome.kind, 'too-large');
  else {
    assert.equal(outcome.kind, 'found');
    if (outcome.kind !== 'found') return;
    let expected = 1n;
    for (let factor = 2n; factor <= value; factor++) expected *= factor;
    assert.equal(bytesToBigInt(outcome.result.bytes), expected);
  }
}

const operations = count(10_000, 100_000);

test(`service: ${operations} random operations, 64 in flight, answer as a model that adds up anew each time`, async () => {
  const stack = await openStack();
  const model = new Model();
  const { seed, integer, bigint, pick } = draw();
  const caller = patientCaller();
  const keys = ['', ...Array.from({ length: 30 }, (_, index) => `key-${index}`)];

  const setNum = (): Promise<void> => {
    const key = keys[integer(0, keys.length - 1)] ?? '';
    const value = pick([bigint(0n, 22n), bigint(-5n, 5n), int64Min, int64Max, bigint(int64Min, int64Max)]);
    // The model moves when the call is made: the lock serves sections in the order in which they were asked for.
    const expected = model.set(key, value);
    return stack.service.setNum(parseKey(key), value, caller).then(
      ({ total }) => assert.equal(total, expected),
      (error: unknown) => {
        assert.equal(expected, undefined);
        assert.ok(error instanceof NumStoreError && error.code === 'OVERFLOW');
      },
    );
  };
  const fact = (): Promise<void> => {
    const key = keys[integer(0, keys.length - 1)] ?? '';
    const value = model.get(key);
    return stack.service.fact(parseKey(key), caller).then((outcome) => checkFact(outcome, value));
  };

  try {
    for (let done = 0; done < operations; done += 64) {
      const flight = Array.from({ length: 64 }, () => (integer(0, 1) === 0 ? setNum() : fact()));
      await Promise.all(flight);
      assert.ok(stack.cache.size <= 10);
    }
  } catch (error) {
    throw new Error(`seed ${seed}`, { cause: error });
  } finally {
    await stack.close();
  }
});
