import { NumStoreError } from '../../server/domain/errors.ts';
import { parseKey } from '../../server/domain/key.ts';
import { createLock } from '../../server/domain/lock.ts';
import { openStore } from '../../server/store/open.ts';
import type { Store } from '../../server/store/store.ts';
import { patient } from './store-caller.ts';

/*
 * A process that drives a store, for tests that kill it: WRITERS write until COUNT writes are acknowledged, or for
 * ever with COUNT 0. One line on stdout for each event: `open`, `ack KIND KEY NUMBER TOTAL REVISION`, `unknown KIND
 * KEY`, `fault CODE MESSAGE`, `done`. A writer goes on only when the system has its line, so whoever reads knows all
 * that happened before a SIGKILL but the last write of each: a reader that is slow fills the pipe.
 */
const [spec = '', namespace = 'default', writers = '8', count = '0', name = ''] = process.argv.slice(2);

function say(...words: readonly unknown[]): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(`${words.join(' ')}\n`, () => resolve());
  });
}

/** Numbers its sets, so that what is read back tells how many took effect; and counts by adding 1. */
async function write(store: Store, writer: number, take: () => boolean): Promise<void> {
  const before = await store.read(parseKey(`${name}set${writer}`), (value) => value ?? 0n, patient);
  for (let number = before + 1n; take(); number += 1n) {
    await attempt('set', `${name}set${writer}`, () =>
      store.set(parseKey(`${name}set${writer}`), number, patient),
    );
    await attempt('add', `${name}add${writer}`, () =>
      store.add(parseKey(`${name}add${writer}`), 1n, patient),
    );

    async function attempt(
      kind: string,
      key: string,
      call: () => Promise<{ total: bigint; revision: bigint }>,
    ): Promise<void> {
      try {
        const { total, revision } = await call();
        await say('ack', kind, key, number, total, revision);
      } catch (error) {
        const code = error instanceof NumStoreError ? error.code : String(error);
        await say(code === 'OUTCOME_UNKNOWN' ? 'unknown' : 'refused', kind, key, code);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  }
}

try {
  const store = await openStore(spec, { lock: createLock(), namespace });
  await say('open');
  let left = Number(count);
  const take = (): boolean => {
    if (count === '0') return true;
    left -= 2;
    return left >= 0;
  };
  await Promise.all(Array.from({ length: Number(writers) }, (_, writer) => write(store, writer, take)));
  await store.close();
  await say('done');
} catch (error) {
  const code = error instanceof NumStoreError ? error.code : 'UNEXPECTED';
  await say('fault', code, error instanceof Error ? error.message : String(error));
}
