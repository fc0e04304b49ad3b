import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseKey } from '../../server/domain/key.ts';
import { createLock } from '../../server/domain/lock.ts';
import { openLmdbStore } from '../../server/store/lmdb/lmdb.ts';
import type { Store, StoreStatus } from '../../server/store/store.ts';
import { patient } from '../support/store-caller.ts';
import { get, list, refuses } from '../support/store-calls.ts';
import { createFaultyFile, type FaultyFile } from '../support/store-faulty-file.ts';
import { until } from '../support/until.ts';

const A = parseKey('A');
const B = parseKey('B');
const int64Max = 2n ** 63n - 1n;

let directory: string;
let file: FaultyFile;
let store: Store;
let statuses: StoreStatus[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'numstore-commit-'));
  file = createFaultyFile();
  statuses = [];
  store = await openLmdbStore({
    directory,
    lock: createLock(),
    openFile: file.open,
    onStatus: (status) => statuses.push(status),
  });
});

afterEach(async () => {
  file.release();
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

it('store lmdb: a write, a refusal and a delete of nothing are answered only when what they saw is on disk', async () => {
  const answers: string[] = [];
  const note = (name: string) => (): void => {
    answers.push(name);
  };
  const calls = [
    store.set(A, int64Max, patient).then(note('set')),
    store.add(A, 1n, patient).then(note('wrong'), note('refusal')),
    store.delete(B, patient).then(note('no-op')),
  ];
  await until(() => file.waiting === 1, 'the batch waits for the disk');
  calls.push(store.set(A, 1n, patient).then(note('later')));
  for (let turn = 0; turn < 20; turn += 1) await nextTurn();
  assert.deepEqual(answers, []);
  file.decide({ kind: 'commit' });
  await Promise.all(calls.slice(0, 3));
  assert.deepEqual(answers, ['set', 'refusal', 'no-op']);
  file.release();
  await Promise.all(calls);
});

it('store lmdb: reads answer from the last commit at once, while a later one waits for the disk', async () => {
  const write = store.set(A, 5n, patient);
  await until(() => file.waiting === 1, 'the batch waits for the disk');
  assert.equal(await get(store, 'A'), undefined);
  assert.deepEqual(await store.stats(patient), { keys: 0, total: 0n, revision: 0n });
  assert.deepEqual(await list(store, {}), []);
  file.decide({ kind: 'commit' });
  await write;
  assert.equal(await get(store, 'A'), 5n);
});

it('store lmdb: a full disk fails the batch and the one behind it, and the store goes on', async () => {
  const [first, behind] = await twoBatches();
  file.decide({ kind: 'fail', error: systemError(constants.errno.ENOSPC) });
  await refuses('STORE_FULL', first);
  await refuses('STORE_FULL', behind);
  assert.equal(store.status, 'serving');
  file.release();
  assert.deepEqual(await store.add(A, 3n, patient), { value: 3n, total: 3n, revision: 1n });
});

it('store lmdb: any other fault leaves the outcome unknown, applies nothing more and stops the store', async () => {
  const [first, behind] = await twoBatches();
  file.decide({ kind: 'fail', error: systemError(constants.errno.EIO) });
  await refuses('OUTCOME_UNKNOWN', first);
  await refuses('STORE_UNAVAILABLE', behind);
  assert.deepEqual([store.status, statuses], ['failed', ['failed']]);
  await refuses('STORE_UNAVAILABLE', store.set(A, 1n, patient));
  await refuses('STORE_UNAVAILABLE', get(store, 'A'));
});

it('store lmdb: writes of one turn, and those that come while the disk is busy, share a commit', async () => {
  const early = Array.from({ length: 50 }, (_, index) => store.set(parseKey(`a${index}`), 1n, patient));
  await until(() => file.waiting === 1, 'the batch waits for the disk');
  const late = Array.from({ length: 50 }, (_, index) => store.set(parseKey(`b${index}`), 1n, patient));
  file.decide({ kind: 'commit' });
  await Promise.all(early);
  await until(() => file.waiting === 1, 'the next batch waits for the disk');
  file.decide({ kind: 'commit' });
  assert.equal((await Promise.all(late)).at(-1)?.total, 100n);
});

/** A write whose commit waits, and one behind it. */
async function twoBatches(): Promise<[Promise<unknown>, Promise<unknown>]> {
  const first = store.set(A, 1n, patient);
  await until(() => file.waiting === 1, 'the batch waits for the disk');
  const behind = store.add(A, 1n, patient);
  for (const call of [first, behind]) call.catch(() => undefined);
  await nextTurn();
  return [first, behind];
}

function systemError(code: number): Error {
  return Object.assign(new Error('the disk failed'), { code });
}
