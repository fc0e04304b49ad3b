import assert from 'node:assert/strict';
import { parseKey } from '../../server/domain/key.ts';
import type { Store } from '../../server/store/store.ts';
import { patient } from './store-caller.ts';
import type { Ack } from './store-process.ts';

/**
 * Checks what is left after a process was killed, or lost its Redis: every acknowledged write is there, nothing took
 * effect twice, and the total is the sum.
 * @param doubtful keys of writes whose outcome nobody knows, once for each
 */
export async function assertSurvivors(
  store: Store,
  acks: readonly Ack[],
  doubtful: (key: string) => number,
): Promise<void> {
  for (const key of new Set(acks.map((ack) => ack.key))) {
    const own = acks.filter((ack) => ack.key === key);
    const found = await store.read(parseKey(key), (value) => value ?? 0n, patient);
    const most = BigInt(doubtful(key));
    if (key.includes('add')) {
      const acked = BigInt(own.length);
      assert.ok(found >= acked, `${key}: ${acked} acknowledged, ${found} there`);
      assert.ok(found <= acked + most, `${key}: ${acked} acknowledged and ${most} in doubt, ${found} there`);
    } else {
      // Numbers only rise, and a doubtful one is at most so many above the last that was acknowledged.
      const last = own.reduce((max, { number }) => (number > max ? number : max), 0n);
      assert.ok(found >= last, `${key}: ${last} acknowledged, ${found} there`);
    }
  }
  let sum = 0n;
  for await (const page of store.list({ prefix: '', startAfter: undefined, limit: 0n }, patient)) {
    for (const { value } of page) sum += value;
  }
  assert.equal((await store.stats(patient)).total, sum);
  assert.equal(
    new Set(acks.map(({ revision }) => revision)).size,
    acks.length,
    'each write has its own revision',
  );
}
