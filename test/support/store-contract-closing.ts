import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseKey } from '../../server/domain/key.ts';
import { patient } from './store-caller.ts';
import { list, oddKeys, refuses } from './store-calls.ts';
import type { Subject } from './store-places.ts';

/** The laws of `close`, run on places of `subject` that are new. */
export function closingLaws(subject: Subject): void {
  it('after close every call throws STOPPING, and closing again is harmless', async () => {
    const place = await subject.createPlace();
    const store = await place.open();
    const key = parseKey('A');
    await Promise.all([store.close(), store.close()]);
    await store.close();
    await refuses('STOPPING', store.set(key, 1n, patient));
    await refuses('STOPPING', store.add(key, 1n, patient));
    await refuses('STOPPING', store.delete(key, patient));
    await refuses(
      'STOPPING',
      store.read(key, () => 0, patient),
    );
    await refuses('STOPPING', list(store, {}));
    await refuses('STOPPING', store.stats(patient));
    await place.remove();
  });

  it('close finishes the writes that were begun', async () => {
    const place = await subject.createPlace();
    const store = await place.open();
    const writes = Array.from({ length: 100 }, (_, index) => store.set(parseKey(`k${index}`), 1n, patient));
    const [answers] = await Promise.all([Promise.all(writes), store.close()]);
    assert.equal(answers.at(-1)?.total, 100n);
    await place.remove();
  });

  it(
    subject.isDurable ? 'what was acknowledged is there again' : 'it is empty when it is opened again',
    async () => {
      const place = await subject.createPlace();
      const store = await place.open();
      for (const [index, text] of oddKeys.entries()) await store.set(parseKey(text), BigInt(index), patient);
      const entries = await list(store, {});
      const stats = await store.stats(patient);
      await store.close();
      const again = await place.open();
      assert.deepEqual(await list(again, {}), subject.isDurable ? entries : []);
      assert.deepEqual(
        await again.stats(patient),
        subject.isDurable ? stats : { keys: 0, total: 0n, revision: 0n },
      );
      await again.close();
      await place.remove();
    },
  );
}
